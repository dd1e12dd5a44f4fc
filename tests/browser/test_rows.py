"""The view of rows in a real browser: an arm's mistakes with their own columns, and predictions for new rows."""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.app.api.test_predictions import as_csv, experiment, rows_of, table, upload
from tests.browser.test_views import finished, moons, show
from tests.page_errors import PageErrors
from tests.service import Service


def test_rows_that_cannot_be_loaded_say_so_and_load_later(
    page: Page, service: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    page_errors.allow("net::ERR_")
    id = finished(client, moons(30))
    page.route("**/predictions?*", lambda route: route.abort())
    show(page, service, id, "rows")
    message = page.get_by_test_id("rows").get_by_test_id("notice")
    expect(message).to_contain_text("The lab does not answer")
    page.unroute("**/predictions?*")
    message.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("rows-summary")).to_be_visible()
    expect(message).to_have_count(0)


def test_mistakes_are_shown_with_their_own_columns_and_new_rows_predicted(
    page: Page, service: Service, client: httpx.Client, page_errors: PageErrors, tmp_path: Path
) -> None:
    header, lines = table()
    dataset = {
        "kind": "table",
        "file": upload(client, as_csv(header, lines)),
        "target": "state",
        "features": ["age", "ward", "admitted", "weight"],
    }
    split = {"train": 0.4, "holdout": 0.1, "shuffle": True, "standardize": True}
    id = finished(client, experiment(dataset, split, seeds=[3, 4]))
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, service, id, "rows")
    wrong = rows_of(client, id, "max/norm", 3)
    shown = page.get_by_test_id("predicted-row")
    expect(shown).to_have_count(len(wrong))
    expect(page.get_by_test_id("rows-summary")).to_contain_text(f"{len(wrong)} of 60 test rows")
    for line, row in zip(shown.all(), wrong, strict=True):
        name = lines[row["row"] - 1][1]
        expect(line).to_contain_text(name)  # "<b>Cy</b> 7" as text
        expect(line.locator("td").nth(0)).to_have_text(str(row["row"]))
        expect(line.locator("td").nth(1)).to_have_text(row["truth"])
        expect(line.locator("td").nth(2)).to_have_text(row["prediction"])
    assert page.locator("[data-testid=rows-table] b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.get_by_test_id("rows-set")).to_have_count(0)  # the sealed rows are sealed

    page.get_by_test_id("rows-run").select_option("seed 4")
    page.get_by_test_id("rows-show").select_option("all")
    expect(shown).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(shown).to_have_count(10)
    expect(page.get_by_test_id("rows")).to_contain_text("Rows 51 to 60 of 60")
    page.get_by_test_id("rows-show").select_option("better")
    better = rows_of(client, id, "max/norm", 4, show="better")
    expect(page.get_by_test_id("rows-summary")).to_contain_text(f"{len(better)} of 60 test rows")
    expect(shown).to_have_count(len(better))
    with page.expect_download() as saved:
        page.get_by_test_id("rows-csv").click()
    assert len(saved.value.path().read_text().splitlines()) == 1 + len(better)

    new = [line[:6] for line in table(12, seed=5)[1]]
    (tmp_path / "new.csv").write_bytes(as_csv(header[:6], new))
    (tmp_path / "less.csv").write_bytes(as_csv(header[:2], [line[:2] for line in new]))
    chosen = page.get_by_test_id("new-rows").locator("input[type=file]")
    chosen.set_input_files(tmp_path / "less.csv")
    expect(page.get_by_test_id("predict-refused")).to_contain_text("no column 'age'")
    page_errors.allow("status of 4")
    chosen.set_input_files(tmp_path / "new.csv")
    told = page.get_by_test_id("predicted-table").locator("tbody tr")
    expect(told).to_have_count(12)
    expect(told.nth(2)).to_contain_text("<b>Cy</b> 2")
    with page.expect_download() as predicted:
        page.get_by_test_id("predicted-csv").click()
    written = predicted.value.path().read_text().splitlines()
    assert written[0].startswith("row,id,name,age,ward,admitted,weight,prediction,probability of sick")
    for line, text in zip(told.all(), written[1:], strict=True):
        expect(line.locator("td").nth(1)).to_have_text(text.split(",")[7])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_test_id("rows-arm").select_option("baseline")
    expect(page.get_by_test_id("rows-show").locator("option")).to_have_count(2)
