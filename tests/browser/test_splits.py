"""The cut of an own table's rows, set in the form."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.form import field, open_card
from tests.core.catalog.datasets.visits import csv_of_visits
from tests.page_errors import PageErrors


def test_the_form_offers_the_columns_that_can_cut_the_rows(lab: Page, page_errors: PageErrors, tmp_path: Path) -> None:
    open_card(lab, "data")
    expect(lab.get_by_test_id("field:split/by"), "it is for own data").to_have_count(0)
    (tmp_path / "visits.csv").write_text(csv_of_visits())
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:table").click()
    with lab.expect_file_chooser() as chooser:
        lab.get_by_test_id("upload").click()
    chooser.value.set_files(tmp_path / "visits.csv")
    expect(field(lab, "dataset/target")).to_have_value("outcome")
    card = lab.get_by_test_id("card:data")
    by, column = field(lab, "split/by"), field(lab, "split/column")
    expect(by, "as the table proposes").to_have_value("stratified")
    expect(column).to_have_count(0)
    expect(card).to_contain_text("84 train, 36 test rows")

    by.select_option("group")
    expect(lab.get_by_text("Name the column to cut by").first).to_be_visible()
    page_errors.allow("status of 4")
    options = column.locator("option").all_text_contents()
    assert options == ["none", "age", "dose", "patient", "day", "set", "week", "note"]
    column.select_option("patient")
    expect(lab.get_by_text("Name the column to cut by")).to_have_count(0)
    expect(field(lab, "split/shuffle")).to_have_count(0)

    by.select_option("column")
    column.select_option("set")
    expect(card).to_contain_text(re.compile("60 train.* 30 test"))
    expect(field(lab, "split/train")).to_have_count(0)
    expect(field(lab, "split/validation")).to_have_count(0)

    by.select_option("rows")
    expect(column).to_have_count(0)
    expect(field(lab, "split/shuffle")).to_be_visible()
    expect(card, "and the column is forgotten").to_contain_text("84 train, 36 test rows")
