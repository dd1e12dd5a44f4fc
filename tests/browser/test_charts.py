"""The charts of an experiment in a real browser: zoom, smoothing, equal curves, and all of it on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.presets import TUTORIAL
from tests.browser.charts import touch
from tests.service import PATIENCE, Service, wait_until

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


def show(page: Page, service: Service, experiment: str) -> None:
    page.goto(f"{service.url}/experiments/{experiment}")
    touch(page)
    expect(page.get_by_test_id(f"panel:{ARMS[-1]}").locator(".trace").first).to_be_visible()


def test_a_zoom_goes_along_the_epochs_and_stays_with_its_experiment(
    page: Page, service: Service, experiment: str
) -> None:
    show(page, service, experiment)
    panel = page.get_by_test_id(f"panel:{ARMS[0]}")
    levels = panel.locator(".ytick").all_inner_texts()
    area = panel.locator(".nsewdrag").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 0.2 * area["width"], area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + 0.5 * area["width"], area["y"] + 70, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile("zoom="))
    from_epoch, to_epoch = (float(each) for each in re.findall(r"zoom=([\d.]+)(?:,|%2C)([\d.]+)", page.url)[0])
    assert from_epoch == pytest.approx(12, abs=1.5)
    assert to_epoch == pytest.approx(30, abs=1.5)
    assert panel.locator(".ytick").all_inner_texts() == levels

    page.get_by_role("navigation", name="Places").get_by_role("link", name="History").click()
    page.get_by_test_id("experiments").locator(f"a[href='/experiments/{experiment}']").click()
    expect(page).to_have_url(re.compile("zoom="))
    page.get_by_role("button", name="Show all epochs").click()
    expect(page).not_to_have_url(re.compile("zoom="))


BOXES = """(lines) => lines.map((line) => {
  const { left, right, top, bottom } = line.getBoundingClientRect();
  return [left, right, top, bottom];
})"""


@pytest.mark.parametrize("view", ["curves", "curves&metric=loss", "curves&epochs=log", "norms"])
def test_a_chart_is_sketched_where_plotly_draws_it(page: Page, service: Service, experiment: str, view: str) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{service.url}/experiments/{experiment}?view={view}")
    panel = page.get_by_test_id(f"{'norms' if view == 'norms' else 'panel'}:{ARMS[3]}")
    sketch = panel.locator("[data-sketch]")
    expect(sketch).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not any("plotly" in url for url in fetched), "who only reads needs no Plotly"
    labels = sketch.locator("text").all_text_contents()
    boxes = sketch.locator("path[stroke-width]").evaluate_all(BOXES)
    assert len(boxes) >= 2

    touch(page)
    expect(panel.locator(".js-line").first).to_be_visible()
    expect(sketch).to_have_count(0)
    ticks = [*panel.locator(".xtick").all_text_contents(), *panel.locator(".ytick").all_text_contents()]
    notes = panel.locator(".annotation-text").all_text_contents()
    assert sorted(labels) == sorted([*ticks, *notes])
    lines = panel.locator(".js-line").evaluate_all(BOXES)
    drawn = [box for box in lines if box[1] > box[0]]
    for box in boxes:
        nearest = min(drawn, key=lambda other: sum(abs(one - two) for one, two in zip(box, other, strict=True)))
        assert box == pytest.approx(nearest, abs=3), "the same line at the same place"


def test_loss_and_smoothing_are_remembered(page: Page, service: Service, experiment: str) -> None:
    show(page, service, experiment)
    page.get_by_role("tabpanel").get_by_test_id(f"panel:{ARMS[0]}").wait_for()
    page.get_by_text("Loss", exact=True).click()
    page.get_by_test_id("curve-options").click()
    page.get_by_test_id("smoothing").select_option("5")
    names = "(plot) => (plot.data ?? []).map(({ name }) => name)"
    plot = page.get_by_test_id(f"panel:{ARMS[0]}").locator(".js-plotly-plot")
    expect(page).to_have_url(re.compile("smoothing=5"))
    wait_until(lambda: f"{ARMS[0]}, unsmoothed, train" in plot.evaluate(names), "both are drawn")
    show(page, service, experiment)
    expect(page).to_have_url(re.compile("metric=loss.*smoothing=5"))
    wait_until(lambda: f"{ARMS[0]}, unsmoothed, train" in plot.evaluate(names), "both are drawn")


def test_curves_that_are_equal_are_told(page: Page, service: Service, experiment: str) -> None:
    show(page, service, experiment)
    expect(page.get_by_test_id("panel:min-max norm 1 to 1")).to_contain_text("Same curves as unit norm")
    expect(page.get_by_test_id("panel:unit norm")).not_to_contain_text("Same curves")


def test_on_paper_charts_are_whole_and_there_is_nothing_to_press(page: Page, service: Service, experiment: str) -> None:
    show(page, service, experiment)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for arm in ARMS:
        expect(page.get_by_test_id(f"panel:{arm}").locator(".main-svg").first).to_have_attribute("width", "640")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    expect(page.locator("button:visible, input:visible, select:visible, nav:visible")).to_have_count(0)
    expect(page.get_by_test_id("headline")).to_be_visible()
