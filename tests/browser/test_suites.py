"""Suites on the page, from the Lab's set-up to their answers, on real services."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from app.analysis.figures import figure
from tests.browser.form import field, remove_arms
from tests.page_errors import PageErrors
from tests.service import Service

TICKED = ("own", "circles", "iris")


def test_the_labs_arms_are_run_on_several_data_sets(lab: Page, client: httpx.Client) -> None:
    field(lab, "training/epochs").fill("50")
    remove_arms(lab, "max norm 1", "min-max norm 1 to 1")
    lab.get_by_test_id("suite").click()
    dialog = lab.get_by_role("dialog")
    dialog.get_by_role("button", name="None").click()
    expect(dialog.get_by_test_id("run-suite")).to_be_disabled()
    expect(dialog).to_contain_text("Choose at least 2 data sets")
    for kind in TICKED:
        dialog.get_by_test_id(f"suite-dataset:{kind}").check()
    expect(dialog).to_contain_text("3 data sets, 6 runs")
    expect(dialog.get_by_test_id("suite-few")).to_have_text(
        "3 data sets: no verdict over data sets can come of it; it needs 6."
    )
    dialog.get_by_role("button", name="10 seeds").click()
    expect(dialog).to_contain_text("3 data sets, 60 runs")
    dialog.get_by_test_id("suite-seeds").fill("1-1")
    expect(dialog).to_contain_text("3 data sets, 6 runs")
    dialog.get_by_role("textbox", name="Name").fill("Unit norm on three")
    dialog.get_by_test_id("run-suite").click()

    lab.wait_for_url("**/suites/*")
    expect(lab.get_by_test_id("suite-name")).to_have_text("Unit norm on three")
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    headline = lab.get_by_test_id("suite-headline")
    expect(headline).to_have_text("Too early to say: needs at least 6 data sets; this suite has 3")
    verdict = client.get(f"/api/suites/{lab.url.rpartition('/')[2]}/verdict").json()
    assert verdict["headline"] == headline.text_content()
    expect(lab.get_by_role("region", name="Verdict")).to_contain_text(verdict["scope"])
    expect(lab.get_by_role("region", name="Data sets")).to_contain_text("has one draw of its training rows")
    expect(lab.get_by_test_id("suite-arm:unit norm")).to_contain_text("Too early")
    table = lab.get_by_test_id("suite-datasets")
    for dataset in verdict["datasets"]:
        row = table.get_by_role("row").filter(has=lab.get_by_role("link", name=dataset["name"]))
        for score in dataset["scores"]:
            expect(row).to_contain_text(figure(score["mean"]))
        expect(row).to_contain_text(dataset["sentence"])
    expect(lab.get_by_test_id("rank-diagram")).to_be_visible()
    expect(lab.get_by_test_id("improvement")).to_be_visible()
    with lab.expect_download() as downloaded:
        lab.get_by_role("link", name="CSV").click()
    assert downloaded.value.suggested_filename == "unit_norm_on_three_suite.csv"

    table.get_by_role("link", name="Iris").click()
    expect(lab.get_by_test_id("experiment-name")).to_have_text("Unit norm on three – Iris")
    lab.get_by_role("link", name="one of a suite").click()
    expect(lab.get_by_test_id("suite-name")).to_be_visible()


def test_a_named_suite_is_run_cancelled_and_deleted(page: Page, service: Service) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{service.url}/suites")
    page.get_by_role("button", name="Run Does max norm help in general?").click()
    page.wait_for_url("**/suites/*")
    expect(page.get_by_test_id("suite-progress")).to_contain_text("of 320 runs ended")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("status").first).to_have_text("cancelled")
    page.get_by_role("button", name="Delete Does max norm help in general?").click()
    page.get_by_test_id("confirm-delete").click()
    page.wait_for_url("**/suites")
    expect(page.get_by_test_id("suites")).not_to_contain_text("Does max norm help in general?")


def test_a_suite_that_was_deleted_elsewhere_is_not_shown_as_if_it_were_there(
    page: Page, client: httpx.Client, service: Service, page_errors: PageErrors
) -> None:
    suite = client.get("/api/suite-presets/max-norm-in-regression").json()["suite"]
    id = client.post("/api/suites", json=suite).raise_for_status().json()["id"]
    page.goto(f"{service.url}/suites/{id}")
    expect(page.get_by_test_id("suite-name")).to_be_visible()
    client.delete(f"/api/suites/{id}").raise_for_status()
    expect(page.get_by_test_id("suite-gone")).to_contain_text("This suite was deleted")
    expect(page.get_by_role("heading", name=suite["name"])).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.get_by_role("link", name="CSV")).to_have_count(0)
    page.get_by_role("link", name="All suites").click()
    page.wait_for_url("**/suites")
    page.goto(f"{service.url}/suites/{id}")
    expect(page.get_by_test_id("suite-gone")).to_contain_text("There is no suite at this address")
    page_errors.allow("status of 404")
