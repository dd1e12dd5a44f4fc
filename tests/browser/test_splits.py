"""The cut of an own table's rows, set in the form."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
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


def test_test_rows_come_from_a_file_of_their_own(
    lab: Page, page_errors: PageErrors, tmp_path: Path, client: httpx.Client
) -> None:
    files = {
        "towns-train.csv": ["x,town,y", *(f"{n % 9},town {n % 60},{'ab'[n % 9 > 4]}" for n in range(120))],
        "towns-later.csv": ["x,town,y", *(f"{n % 9},town {n % 60},{'ab'[n % 9 > 4]}" for n in range(25))],
        "towns-other.csv": ["x,y", *(f"{n % 9},{'ab'[n % 9 > 4]}" for n in range(25))],
    }
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines))
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:table").click()
    for name in ("towns-other.csv", "towns-later.csv", "towns-train.csv"):
        with lab.expect_file_chooser() as chooser:
            lab.get_by_test_id("upload").click()
        chooser.value.set_files(tmp_path / name)
        expect(field(lab, "dataset/file").locator("option:checked")).to_contain_text(name)
    card = lab.get_by_test_id("card:data")
    expect(card).to_contain_text("84 train, 36 test rows")

    tests = field(lab, "dataset/test_file")
    offered = tests.locator("option").all_text_contents()
    assert {"from this file", "from towns-later.csv", "from towns-other.csv"} <= set(offered)
    assert "from towns-train.csv" not in offered
    tests.select_option(label="from towns-other.csv")
    expect(lab.get_by_test_id("problems")).to_be_visible()
    expect(lab.get_by_text("town").filter(has_text="column").first).to_be_visible()
    page_errors.allow("status of 4")
    tests.select_option(label="from towns-later.csv")
    expect(card).to_contain_text("120 train, 25 test rows")
    expect(field(lab, "split/train")).to_have_count(0)

    town = lab.get_by_test_id("column:town")
    town.get_by_role("button", name="How town is prepared").click()
    lab.get_by_test_id("treatment:town/categories").select_option("hash")
    expect(lab.get_by_role("spinbutton", name="Values told apart of town")).to_have_count(0)
    columns = lab.get_by_role("spinbutton", name="Hash columns of town")
    columns.fill("1")
    expect(columns).to_have_attribute("aria-invalid", "true")
    columns.fill("4")
    field(lab, "network/layers/0/units").fill("4")
    field(lab, "training/epochs").fill("3")
    expect(lab.get_by_test_id("run")).to_be_enabled()
    lab.get_by_test_id("run").click()
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    view = client.get(f"/api/experiments/{lab.url.rpartition('/')[2]}").raise_for_status().json()
    (treatment,) = view["experiment"]["dataset"]["treatments"]
    assert {name: treatment[name] for name in ("column", "categories", "n_features")} == {
        "column": "town",
        "categories": "hash",
        "n_features": 4,
    }
