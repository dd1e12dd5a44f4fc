"""Links that hold what is shown or set up, and experiments that are copied and pasted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import touch
from tests.browser.form import field, open_card
from tests.service import PATIENCE, Service

LOOPBACK_ONLY = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
"""What browsers do where a page came by HTTP from another machine."""


def allow_clipboard(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.url)


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def paste(page: Page, text: str) -> None:
    """Pastes a text as the browser does, where the focus is."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


@pytest.fixture
def small(client: httpx.Client) -> dict[str, Any]:
    """Two arms that train in a moment."""
    experiment: dict[str, Any] = client.get("/api/presets/tutorial").json()["experiment"]
    experiment["training"]["epochs"] = 200
    experiment["arms"] = experiment["arms"][:2]
    return experiment


def finished(client: httpx.Client, body: dict[str, Any]) -> str:
    id: str = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    return id


def copied(page: Page, what: str, form: str) -> str:
    if what == "experiment":
        page.get_by_test_id("more-actions").click()
        page.get_by_test_id(f"copy:{what}:{form}").click()
        expect(page.get_by_test_id("more-actions")).to_have_accessible_name(re.compile("copied"))
    else:
        page.get_by_test_id(f"copy:{what}").click()
        page.get_by_test_id(f"copy:{what}:{form}").click()
        expect(page.get_by_test_id(f"copy:{what}")).to_contain_text("copied")
    return clipboard(page)


def test_a_link_opens_the_set_up_elsewhere(lab: Page, service: Service) -> None:
    allow_clipboard(lab, service)
    field(lab, "name").fill("For the class 🌙")
    field(lab, "training/epochs").fill("321")
    lab.get_by_test_id("share:set-up").click()
    expect(lab.get_by_test_id("share:set-up")).to_have_text("Link copied")
    expect(lab.get_by_test_id("only-here")).to_contain_text("on this machine only: 127.0.0.1")
    link = clipboard(lab)
    assert link.startswith(f"{service.url}/#experiment=1.")

    other = lab.context.new_page()
    asked: list[str] = []
    other.on("request", lambda request: asked.append(request.url))
    other.goto(link)
    expect(other.get_by_test_id("arrival")).to_contain_text("The set-up is that of the link")
    expect(field(other, "name")).to_have_value("For the class 🌙")
    expect(field(other, "training/epochs")).to_have_value("321")
    assert other.url == f"{service.url}/"
    assert not any(link[-40:] in url for url in asked), "the experiment stays out of requests' addresses"
    field(other, "name").fill("Mine")
    expect(other.get_by_test_id("arrival")).to_have_count(0)
    other.reload()
    expect(field(other, "name")).to_have_value("Mine")


def test_a_link_that_is_damaged_or_newer_changes_nothing(lab: Page, service: Service) -> None:
    allow_clipboard(lab, service)
    lab.get_by_test_id("share:set-up").click()
    expect(lab.get_by_test_id("share:set-up")).to_have_text("Link copied")
    link = clipboard(lab)
    field(lab, "name").fill("As it was")
    notice = lab.get_by_test_id("arrival")
    for broken, words in ((link[:-20], "copy the whole link"), (link.replace("=1.", "=2."), "newer version")):
        lab.evaluate("(link) => { window.location.href = link }", broken)
        expect(notice).to_contain_text("This link can't be opened")
        expect(notice).to_contain_text(words)
        expect(field(lab, "name")).to_have_value("As it was")
        lab.get_by_role("button", name="Close").click()
        expect(notice).to_have_count(0)


def test_a_link_shows_an_experiment_as_it_was_seen(
    page: Page, service: Service, client: httpx.Client, small: Any
) -> None:
    id = finished(client, small)
    allow_clipboard(page, service)
    page.goto(f"{service.url}/experiments/{id}")
    page.get_by_text("Loss", exact=True).first.click()
    page.get_by_test_id("curve-options").click()
    page.get_by_label("All in one").check(force=True)
    page.keyboard.press("Escape")
    box = page.locator("[data-testid='panel:all'] .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.8, steps=5)
    page.mouse.up()
    expect(page.get_by_text("Show all epochs")).to_be_visible()
    page.get_by_test_id("epoch").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url("**epoch=*")
    epoch = page.get_by_test_id("scrubber").get_attribute("data-epoch")
    page.get_by_test_id("panel:all").locator(".js-plotly-plot .trace").first.wait_for()
    range_of = "() => document.querySelector('[data-testid=\"panel:all\"] .js-plotly-plot').layout.xaxis.range.join()"
    seen = page.evaluate(range_of)
    page.get_by_test_id("share:experiment").click()
    expect(page.get_by_test_id("share:experiment")).to_have_text("Link copied")

    other = page.context.new_page()
    other.goto(clipboard(page))
    touch(other)
    expect(other.get_by_test_id("scrubber")).to_have_attribute("data-epoch", str(epoch))
    expect(other.get_by_test_id("panel:all")).to_be_visible()
    expect(other.get_by_text("Show all epochs")).to_be_visible()
    expect(other.get_by_role("radio", name="Loss")).to_be_checked()
    other.get_by_test_id("panel:all").locator(".js-plotly-plot .trace").first.wait_for()
    drawn = [float(each) for each in other.evaluate(range_of).split(",")]
    assert drawn == pytest.approx([float(each) for each in seen.split(",")], rel=1e-3)
    assert drawn[1] - drawn[0] < 200

    # The newest epoch and usual options need no words in the address.
    other.get_by_test_id("epoch").focus()
    other.keyboard.press("End")
    other.get_by_text("Show all epochs").click()
    other.get_by_test_id("curve-options").click()
    other.get_by_label("All in one").uncheck(force=True)
    other.keyboard.press("Escape")
    other.get_by_text("Accuracy", exact=True).first.click()
    other.wait_for_url(f"{service.url}/experiments/{id}")


def test_a_link_that_can_not_be_copied_is_shown(page: Page, service: Service) -> None:
    page.add_init_script(LOOPBACK_ONLY)
    page.goto(service.url)
    page.get_by_test_id("share:set-up").click()
    shown = page.get_by_test_id("by-hand")
    expect(shown).to_be_focused()
    text = shown.input_value()
    assert text.startswith(f"{service.url}/#experiment=1.")
    assert page.evaluate("() => document.activeElement.selectionEnd - document.activeElement.selectionStart") == len(
        text
    )
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)


def test_what_is_copied_runs(lab: Page, service: Service, client: httpx.Client, small: Any) -> None:
    allow_clipboard(lab, service)
    field(lab, "name").fill('It\'s a "copy" of $HOME')
    field(lab, "training/epochs").fill("200")
    curl = copied(lab, "set-up", "curl")
    done = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True, timeout=PATIENCE)
    view = json.loads(done.stdout)
    assert view["name"] == 'It\'s a "copy" of $HOME'
    assert view["experiment"]["training"]["epochs"] == 200
    assert len(view["experiment"]["arms"]) == 4

    id = finished(client, small)
    lab.goto(f"{service.url}/experiments/{id}")
    program = copied(lab, "experiment", "python")
    environment = {name: value for name, value in os.environ.items() if name != "LAB_KEY"}
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE, env=environment
    ).stdout.splitlines()
    again = told[0].rpartition("/")[2]
    assert again != id
    headline = client.get(f"/api/experiments/{again}/verdict").json()["headline"]
    assert told[1:] == ["finished", headline]
    posted = client.get(f"/api/experiments/{id}").json()["experiment"]
    assert client.get(f"/api/experiments/{again}").json()["experiment"] == posted
    assert json.loads(copied(lab, "experiment", "json")) == posted


def test_a_pasted_experiment_becomes_the_set_up(lab: Page, service: Service, small: Any) -> None:
    allow_clipboard(lab, service)
    notice = lab.get_by_test_id("arrival")
    body = {"name": "Pasted", "dataset": {"kind": "circles"}, "network": {"layers": [{"kind": "dense"}]}, "repeats": 3}
    lab.goto(f"{service.url}/experiments")
    expect(lab.get_by_test_id("search")).to_be_visible()
    paste(lab, json.dumps(body))
    expect(notice).to_contain_text("The set-up is what you pasted")
    lab.wait_for_url(service.url + "/")
    expect(field(lab, "name")).to_have_value("Pasted")
    open_card(lab, "data")
    expect(lab.get_by_test_id("dataset:circles")).to_have_attribute("aria-checked", "true")
    expect(lab.get_by_test_id("run-summary")).to_contain_text("1 arm × 3 seeds")

    small["training"]["epochs"] = -1
    for text, words in (
        (json.dumps(small), "training.epochs: "),
        ('{\n  "dataset": {"kind": "moons",}\n}', "line 2, column 31"),
        ('{"dataset": {"kind": "no_such"}, "network": {"layers": []}}', "dataset: Unknown kind"),
        ("{}", "dataset: "),
    ):
        paste(lab, text)
        expect(notice).to_contain_text(words)
        expect(notice).to_contain_text("Nothing was changed")
        expect(field(lab, "name")).to_have_value("Pasted")
    lab.get_by_role("button", name="Close").click()

    # In a text field a text is pasted as anywhere else.
    field(lab, "name").fill("")
    field(lab, "name").focus()
    paste(lab, '{"dataset"')
    expect(field(lab, "name")).to_have_value('{"dataset"')
    expect(notice).to_have_count(0)
