"""Lessons in a real browser, from the prediction to the answer, on real services."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.analysis.figures import figure
from app.presets.lessons import LESSONS
from tests.browser.form import field
from tests.service import Service

PLACES = ("overfitting", "norms", "axis", "bias", "recurrent", "repeats")


def test_a_lesson_is_predicted_run_and_seen(page: Page, service: Service, client: httpx.Client) -> None:
    page.goto(service.url)
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Learn").click()
    expect(page.get_by_test_id("lessons").get_by_role("listitem")).to_have_count(len(LESSONS))
    page.get_by_role("link", name="Constraining the bias").click()
    page.wait_for_url("**/learn/bias")

    run = page.get_by_test_id("run-lesson")
    expect(run).to_be_disabled()
    page.get_by_test_id("answer:worse").check()
    run.click()
    expect(page.get_by_test_id("fitted:small bias").locator("canvas")).to_be_visible()
    seen = page.get_by_test_id("seen")
    expect(seen).to_be_visible()
    experiment = client.get("/api/experiments", params={"tag": "lesson"}).json()["experiments"][0]  # the newest
    view = client.get(f"/api/experiments/{experiment['id']}").json()
    assert view["name"] == "Lesson: Constraining the bias"
    free, limited = (arm["test_r2"]["mean"] for arm in view["arms"])
    expect(seen).to_contain_text(f"{figure(free)} with free biases, {figure(limited)} with")
    better, worse = limited - free >= 0.05, free - limited >= 0.05
    answer = "better" if better else "worse" if worse else "same"
    expect(seen).to_have_attribute("data-answer", answer)
    expect(seen).to_contain_text("As you said" if worse else "Not as you said")

    page.reload()
    expect(seen).to_contain_text(figure(free))
    page.get_by_role("link", name="All lessons").click()
    expect(page.get_by_role("listitem").filter(has_text="Constraining the bias")).to_contain_text("answered")
    page.go_back()
    page.get_by_test_id("again").click()
    expect(run).to_be_disabled()
    stored = page.evaluate("localStorage.getItem('lessons')")
    assert json.loads(stored) == []


def test_a_lesson_goes_on_in_the_lab(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/learn/overfitting")
    page.get_by_test_id("answer:rises").check()
    page.get_by_test_id("run-lesson").click()
    page.get_by_test_id("open-in-lab").click()
    expect(field(page, "training/epochs")).to_have_value(re.compile("1,?500"))
    expect(field(page, "name")).to_have_value("Why networks overfit")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_lessons_open_by_their_addresses_on_a_phone(page: Page, service: Service, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    assert len(PLACES) == len(LESSONS)
    for place in PLACES:
        page.goto(f"{service.url}/learn/{place}")
        expect(page.get_by_test_id(f"lesson:{place}").get_by_role("radio").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.goto(f"{service.url}/learn/none")
    expect(page.get_by_text("There is no lesson of this name")).to_be_visible()
