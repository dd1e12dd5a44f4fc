"""Suites on the page, from the Lab's set-up to their answers, on real services."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Page, expect

from app.analysis.figures import figure
from tests.service import Service

TICKED = ("own", "circles", "iris")


def test_the_labs_arms_are_run_on_several_data_sets(lab: Page, client: httpx.Client) -> None:
    lab.get_by_test_id("field:training/epochs").fill("50")
    for arm in ("max norm 1", "min-max norm 1 to 1"):
        lab.get_by_role("button", name=f"Remove {arm}").click()
    lab.get_by_test_id("suite").click()
    dialog = lab.get_by_role("dialog")
    for box in dialog.get_by_role("checkbox").all():
        box.uncheck()
    expect(dialog.get_by_test_id("run-suite")).to_be_disabled()
    expect(dialog).to_contain_text("Choose at least 2 data sets")
    for kind in TICKED:
        dialog.get_by_test_id(f"suite-dataset:{kind}").check()
    expect(dialog).to_contain_text("3 data sets, 6 runs")
    dialog.get_by_role("textbox", name="Name").fill("Unit norm on three")
    dialog.get_by_test_id("run-suite").click()

    lab.wait_for_url("**/suites/*")
    expect(lab.get_by_test_id("suite-name")).to_have_text("Unit norm on three")
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    sentence = lab.get_by_test_id("suite-sentence")
    expect(sentence).to_have_text(re.compile(r"Over 3 data sets, .*needs 6 data sets; has 3"))
    verdict = client.get(f"/api/suites/{lab.url.rpartition('/')[2]}/verdict").json()
    expect(sentence).to_have_text(verdict["sentence"].replace("p = ", "p\u00a0=\u00a0"))
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
