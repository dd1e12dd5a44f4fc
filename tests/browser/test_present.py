"""An experiment presented in a real browser: what is on the screen, and that all of it is."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.presets import TUTORIAL
from tests.service import PATIENCE, Service

ARMS = [arm.name for arm in TUTORIAL.experiment.arms]


@pytest.fixture(scope="module")
def experiment(service: Service) -> str:
    """Id of the tutorial, trained for few epochs."""
    body = TUTORIAL.experiment.model_dump(mode="json")
    body["training"]["epochs"] = 60
    with service.client() as client:
        id = str(client.post("/api/experiments", json=body).raise_for_status().json()["id"])
        client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    return id


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (1920, 1080, "dark")])
def test_headline_curves_and_boundaries_share_the_screen(
    page: Page, service: Service, client: httpx.Client, experiment: str, width: int, height: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{service.url}/experiments/{experiment}")
    expect(page.get_by_test_id("verdict")).to_be_visible()
    page.keyboard.press("p")
    present = page.get_by_test_id("present")
    expect(present).to_be_visible()
    headline = client.get(f"/api/experiments/{experiment}/verdict").json()["headline"]
    expect(page.get_by_test_id("present-headline")).to_have_text(headline)
    for arm in ARMS:
        expect(present.get_by_test_id(f"panel:{arm}").locator(".js-plotly-plot .trace").first).to_be_visible()
        expect(present.get_by_test_id(f"present:{arm}").locator("canvas")).to_be_visible()
    chip = present.get_by_text(ARMS[3], exact=True).last
    chip.click()
    expect(present.get_by_test_id(f"panel:{ARMS[3]}")).to_have_count(0)

    chip.click()
    last = present.get_by_test_id(f"present:{ARMS[3]}").locator("canvas")
    expect(last).to_be_visible()
    stage, scrubber = last.bounding_box(), present.get_by_test_id("scrubber").bounding_box()
    assert stage is not None
    assert scrubber is not None
    assert stage["x"] + stage["width"] <= width, "all arms are on the screen"
    assert stage["y"] + stage["height"] <= scrubber["y"] <= height - scrubber["height"], "nothing is covered"
    shown = page.get_by_test_id("present-headline")
    assert shown.evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)") >= 28

    present.get_by_test_id("epoch").press("Home")
    expect(last).to_have_attribute("data-epoch", "0")
    page.keyboard.press("Escape")
    expect(present).to_have_count(0)
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()


def test_a_link_presents_and_p_ends_it(page: Page, service: Service, experiment: str) -> None:
    page.goto(f"{service.url}/experiments/{experiment}")
    page.get_by_test_id("present-button").click()
    expect(page).to_have_url(re.compile("present=on"))
    page.reload()
    expect(page.get_by_test_id("present")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_test_id("present")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("present"))


def test_on_a_phone_arms_stand_below_each_other(page: Page, service: Service, experiment: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{service.url}/experiments/{experiment}?present=on")
    present = page.get_by_test_id("present")
    tops = []
    for arm in ARMS:
        chart = present.get_by_test_id(f"panel:{arm}")
        expect(chart).to_be_attached()
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 300, "it can be read"
        tops.append(chart.evaluate("(element) => element.offsetTop"))
    assert tops == sorted(set(tops))
    last = present.get_by_test_id(f"present:{ARMS[-1]}").locator("canvas")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(present.get_by_test_id("boundary-key")).to_contain_text("train filled, test hollow")


def test_the_focus_comes_back_from_the_presentation(page: Page, service: Service, experiment: str) -> None:
    page.goto(f"{service.url}/experiments/{experiment}")
    button = page.get_by_test_id("present-button")
    button.focus()
    button.press("Enter")
    expect(page.get_by_test_id("present")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    expect(page.get_by_test_id("present")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
