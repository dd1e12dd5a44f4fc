"""Sweeps and comparisons of methods on the page, from the form to their answers, on real services."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.form import field, open_card, remove_arms
from tests.service import Service

DRAWN = """(part) => document.querySelector(`[data-testid="sweep-figure:${part}"] .js-plotly-plot`).data
  .map(({ name, x, y }) => ({ name, x: Array.from(x), y: Array.from(y) }))"""
"""Script that reads the traces of a sweep's chart."""


@pytest.fixture
def lab(lab: Page) -> Page:
    """The Lab, with the tutorial of few epochs and two arms in its form."""
    field(lab, "training/epochs").fill("100")
    remove_arms(lab, "max norm 1", "min-max norm 1 to 1")
    return lab


def choose(page: Page, picker: str, search: str, option: str) -> None:
    page.get_by_test_id(picker).click()
    page.get_by_role("combobox", name="Search").fill(search)
    page.get_by_role("option", name=option).first.click()


def ran(page: Page) -> str:
    """Runs what is set up to its end; gives the experiment's id."""
    page.get_by_test_id("run").click()
    page.wait_for_url("**/experiments/*")
    expect(page.get_by_test_id("status").first).to_have_text("finished")
    return page.url.rpartition("/")[2]


def test_a_sweep_from_the_form_to_the_pick(lab: Page, client: httpx.Client) -> None:
    open_card(lab, "sweep")
    choose(lab, "add-axis", "max norm", "Max norm")
    lab.get_by_test_id("field:sweep/axes/0/start").fill("0.5")
    lab.get_by_test_id("field:sweep/axes/0/stop").fill("-1")
    expect(lab.get_by_test_id("problems")).to_contain_text("must be greater than 0 on a log scale")
    lab.get_by_test_id("field:sweep/axes/0/stop").fill("2")
    lab.get_by_test_id("field:sweep/axes/0/steps").fill("3")
    field(lab, "seeds").fill("1-3")
    open_card(lab, "sweep")
    varied = lab.get_by_test_id("constraint:sweep/changes/layers/hidden/kernel_constraint")
    expect(varied).to_have_text("max norm, varied")
    varied.click()
    expect(lab.get_by_test_id("field:sweep/changes/layers/hidden/kernel_constraint/max_value")).to_have_count(0)
    varied.click()
    choose(lab, "change:sweep", "batch", "Batch size")
    lab.get_by_test_id("field:sweep/changes/training/batch_size").fill("16")
    sweep = lab.get_by_role("region", name="Sweep")
    expect(sweep).to_contain_text("3 arms, 9 runs")
    open_card(lab, "arms")
    expect(lab.get_by_role("list").get_by_label("Arm unit norm")).to_have_count(1)
    expect(lab.get_by_role("list").get_by_label("Arm max norm 1")).to_have_count(0)
    expect(lab.get_by_test_id("run-summary")).to_contain_text("5 arms × 3 seeds, 1,500 epochs in all")
    field(lab, "prediction").select_option("max norm 1")

    id = ran(lab)
    view = client.get(f"/api/experiments/{id}").json()
    assert view["experiment"]["prediction"] == "max norm 1"
    assert view["experiment"]["sweep"]["changes"]["training"] == {"batch_size": 16}
    assert [arm["name"] for arm in view["arms"]][2:] == ["max norm 0.5", "max norm 1", "max norm 2"]
    told = client.get(f"/api/experiments/{id}/sweep").json()
    expect(lab.get_by_test_id("sweep-sentence")).to_have_text(f"{told['sentence']}.")
    best, pick = (told["points"][told[which]] for which in ("best", "pick"))
    drawn = {trace["name"]: trace for trace in lab.evaluate(DRAWN, "score")}
    assert drawn[told["judged_on"]]["x"] == [0.5, 1, 2]
    assert drawn[told["judged_on"]]["y"] == [point["score"]["mean"] for point in told["points"]]
    assert drawn["best"] == {"name": "best", "x": best["values"], "y": [best["score"]["mean"]]}
    assert drawn["pick"] == {"name": "pick", "x": pick["values"], "y": [pick["score"]["mean"]]}

    shown = {"baseline", "unit norm", best["arm"], pick["arm"]}
    panels = lab.locator("[data-testid^='panel:']")
    expect(panels).to_have_count(len(shown))
    lab.get_by_label("Panels of all 5 arms").check(force=True)
    expect(panels).to_have_count(5)

    lab.reload()
    expect(lab.get_by_test_id("sweep-sentence")).to_have_text(f"{told['sentence']}.")
    lab.get_by_role("button", name="Edit as new").click()
    expect(field(lab, "prediction")).to_have_value("max norm 1")
    expect(field(lab, "sweep/axes/0/steps")).to_have_value("3")
    lab.get_by_role("button", name="Don’t vary hidden kernel: max norm").click()
    expect(field(lab, "prediction")).to_have_value("")
    expect(lab.get_by_test_id("run-summary")).to_contain_text("2 arms × 3 seeds")


def test_two_numbers_make_a_heat_map(lab: Page, client: httpx.Client) -> None:
    open_card(lab, "sweep")
    choose(lab, "add-axis", "max norm", "Max norm")
    choose(lab, "add-axis", "learning rate", "Learning rate")
    for index, values in enumerate(("0.5, 1", "0.001, 0.01, 0.1")):
        item = lab.get_by_test_id(f"axis:{index}")
        item.get_by_text("List").click()
        lab.get_by_test_id(f"field:sweep/axes/{index}/values").fill(values)
    expect(lab.get_by_role("region", name="Sweep")).to_contain_text("6 arms, 6 runs")
    id = ran(lab)
    told = client.get(f"/api/experiments/{id}/sweep").json()
    cells = lab.get_by_test_id("heat-map").locator("tbody td")
    expect(cells).to_have_count(6)
    for index, point in enumerate(told["points"]):
        expect(cells.nth(index)).to_contain_text(f"{point['score']['mean']:.3f}"[:4])
    expect(cells.nth(told["best"])).to_contain_text("best")
    assert told["pick"] is None, "one seed has no standard error"
    expect(lab.get_by_test_id("sweep-sentence")).to_contain_text("Too early to pick: one seed")


def test_methods_are_compared_when_the_sealed_rows_are_revealed(
    lab: Page, service: Service, client: httpx.Client
) -> None:
    open_card(lab, "arms")
    choose(lab, "add-arm", "L2", "L2")
    lab.get_by_test_id("families").click()
    expect(lab.get_by_test_id("field:arms/2/family")).to_have_value("L2")
    expect(lab.get_by_test_id("warnings")).to_contain_text("validation")
    body = client.get("/api/presets/contest").json()["experiment"]
    body["training"]["epochs"] = 10
    body["seeds"] = [1, 2]
    body["arms"] = [arm for arm in body["arms"] if arm["name"] in ("baseline", "max norm 0.1", "L2 1")]
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    lab.goto(f"{service.url}/experiments/{id}")
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    family = lab.get_by_test_id("family:L2")
    expect(family).to_contain_text("sealed")
    expect(lab.get_by_test_id("comparison-sentence")).to_contain_text("reveal the sealed rows to compare them")
    expect(lab.get_by_test_id("too-few")).to_contain_text("A claim needs at least 8 seeds; 2 have finished.")
    expect(lab.get_by_test_id("add-missing")).to_have_text("Add 6 seeds")
    lab.get_by_test_id("reveal").click()
    expect(lab.get_by_test_id("reveal-too-few")).to_contain_text("needs at least 8 seeds")
    lab.get_by_test_id("confirm-reveal").click()
    expect(family).not_to_contain_text("sealed")
    told = client.get(f"/api/experiments/{id}/contest").json()
    expect(lab.get_by_test_id("comparison-sentence")).to_have_text(f"{told['sentence']}.")
