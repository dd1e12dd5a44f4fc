"""Several labels at once in the page: further columns to predict, a run, its accuracy, its rows."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.app.api.test_predictions import rows_of
from tests.browser.form import field, open_card
from tests.browser.test_tables import drawn, run_to_end, upload
from tests.core.catalog.datasets.plants import LABELS, csv_of_plants
from tests.service import wait_until


@pytest.fixture
def own_table(lab: Page) -> Page:
    """The Lab, in which a table of one's own is to be chosen."""
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:table").click()
    return lab


def test_three_columns_of_yes_and_no_are_learnt_at_once(own_table: Page, tmp_path: Path, client: httpx.Client) -> None:
    page, csv = own_table, tmp_path / "plants.csv"
    csv.write_text(csv_of_plants())
    upload(page, csv)
    field(page, "dataset/target").select_option("flowers")
    expect(page.get_by_test_id("column:flowers")).to_contain_text("target")
    more = field(page, "dataset/more_targets")
    more.select_option("fruits")
    expect(page.get_by_test_id("guess")).to_have_text("2 labels at once: each column has two values.")
    more.select_option("height")
    expect(page.get_by_test_id("guess")).to_have_count(0)
    expect(page.get_by_test_id("problems")).to_contain_text("labels and numbers can't be predicted together")
    page.get_by_role("button", name="Predict height no more").click()
    more.select_option("spreads")
    expect(page.get_by_test_id("guess")).to_have_text("3 labels at once: each column has two values.")
    assert more.locator("option").all_text_contents()[0] == "add a column"
    for name in LABELS:
        column = page.get_by_test_id(f"column:{name}")
        expect(column).to_contain_text("target, 2 categories" if name == "flowers" else "target, ")
        expect(column.get_by_role("checkbox")).to_have_count(0)
    expect(field(page, "split/by")).to_have_value("rows")
    wait_until(lambda: "119 rows, 3 labels to predict at once" in drawn(page), "its rows are drawn")
    expect(page.get_by_test_id("labels").get_by_role("rowheader")).to_have_text(
        ["flowers: yes", "fruits: 1", "spreads: true"]
    )
    expect(page.get_by_text("3 sigmoid units").first).to_be_visible()

    run_to_end(page)
    id = page.url.rpartition("/")[2]
    view = client.get(f"/api/experiments/{id}").raise_for_status().json()
    assert view["experiment"]["dataset"]["more_targets"] == ["fruits", "spreads"]
    assert 0 < view["arms"][0]["test_accuracy"]["mean"] <= 1
    expect(page.get_by_test_id("verdict")).to_contain_text("of 108 labels of 36 test rows")

    page.get_by_test_id("tab:rows").click()
    expect(page.get_by_test_id("rows-summary")).to_contain_text("wrong in a label")
    arm = page.get_by_test_id("rows-arm").input_value()
    wrong = rows_of(client, id, arm, view["runs"][0]["seed"])
    expect(page.get_by_test_id("predicted-row")).to_have_count(min(50, len(wrong)))
    head = page.get_by_test_id("rows-table").locator("th").all_text_contents()
    assert head[2:5] == LABELS
    right = sum(each["right"] for each in wrong[0]["targets"])
    first = page.get_by_test_id("predicted-row").first
    expect(first).to_contain_text(f"{right} of 3")
    page.get_by_test_id("tab:boundary").click()
    expect(page.get_by_text("and one target")).to_be_visible()
    page.get_by_test_id("tab:curves").click()
    expect(page.get_by_test_id("majority").first).to_be_visible()
