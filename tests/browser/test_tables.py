"""Tables of one's own in the page: upload, how they were read, their columns."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.form import field, open_card
from tests.browser.workbook import write_workbook
from tests.page_errors import PageErrors
from tests.service import wait_until

DROP = """(box, [name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const send = (target, type) => target.dispatchEvent(
    new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  window.drop = { data, send, box };
}"""
"""Script that makes a file to drop, and what drags it."""


@pytest.fixture
def own_table(lab: Page) -> Page:
    """The Lab, in which a table of one's own is to be chosen."""
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:table").click()
    return lab


def upload(page: Page, *files: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("upload").click()
    chooser.value.set_files(files)


def delete_file(page: Page) -> None:
    """Deletes the chosen file, and confirms it."""
    page.get_by_test_id("delete-file").click()
    page.get_by_test_id("confirm-delete-file").click()


def drawn(page: Page) -> str:
    """What is said of the data set that is drawn."""
    return page.get_by_role("region", name="Data set").inner_text()


def run_to_end(page: Page) -> None:
    field(page, "network/layers/0/units").fill("4")
    field(page, "training/epochs").fill("3")
    expect(page.get_by_test_id("run")).to_be_enabled()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("status").first).to_have_text("finished")


def stored(page: Page, client: httpx.Client) -> dict[str, object]:
    """The data set of the experiment that is shown."""
    view = client.get(f"/api/experiments/{page.url.rpartition('/')[2]}").json()
    dataset: dict[str, object] = view["experiment"]["dataset"]
    return dataset


def test_a_table_with_gaps_and_an_index_is_learnt(own_table: Page, tmp_path: Path, client: httpx.Client) -> None:
    page, csv = own_table, tmp_path / "gaps.csv"
    rows = [
        f"{n},{'' if n % 8 == 0 else n % 7},{('red', '', 'blue')[n % 3]},{'yes' if n % 7 > 3 else 'no'}"
        for n in range(48)
    ]
    csv.write_text("\n".join(["id,length,colour,sold", *rows]))
    upload(page, csv)
    expect(field(page, "dataset/target")).to_have_value("sold")
    expect(page.get_by_test_id("reading")).to_contain_text("Read as text, separated by commas, UTF-8")
    features = page.get_by_test_id("field:dataset/features")
    expect(features).to_contain_text("Features: 2 of 3")
    index = page.get_by_test_id("column:id")
    expect(index.get_by_role("checkbox")).not_to_be_checked()
    expect(index).to_contain_text("counts the rows")
    length = page.get_by_test_id("column:length")
    expect(length).to_contain_text("6 missing: median")
    expect(page.get_by_test_id("column:colour")).to_contain_text("16 missing: category")
    expect(page.get_by_test_id("column:sold")).to_contain_text("target, 2 categories")
    wait_until(lambda: "48 rows, 2 classes" in drawn(page), "all rows are drawn")

    # What is left out can be ticked, and what was proposed comes back.
    index.get_by_role("checkbox").check()
    expect(features).to_contain_text("Features: 3 of 3")
    expect(index).to_contain_text("although it counts the rows")
    features.get_by_role("button", name="As proposed").click()
    expect(index.get_by_role("checkbox")).not_to_be_checked()

    length.get_by_role("button", name="How length is prepared").click()
    page.get_by_test_id("treatment:length/missing").select_option("drop")
    expect(length).to_contain_text("6 missing: rows dropped")
    wait_until(lambda: "42 rows, 2 classes" in drawn(page), "rows are dropped")
    colour = page.get_by_test_id("column:colour")
    colour.get_by_role("button", name="How colour is prepared").click()
    page.get_by_test_id("treatment:colour/categories").select_option("ordinal")
    page.get_by_test_id("treatment:colour/categories").select_option("auto")
    run_to_end(page)
    assert stored(page, client)["features"] is None
    treatments = stored(page, client)["treatments"]
    assert isinstance(treatments, list)
    assert [(each["column"], each["missing"]) for each in treatments] == [("length", "drop")]


def test_a_problem_of_a_treatment_is_shown_at_its_field(own_table: Page, tmp_path: Path) -> None:
    page, csv = own_table, tmp_path / "gap.csv"
    csv.write_text("a,b,c\n" + "".join(f"{'' if n == 3 else n % 5},{n % 4},{n % 2}\n" for n in range(20)))
    upload(page, csv)
    page.get_by_test_id("column:a").get_by_role("button").click()
    page.get_by_test_id("treatment:a/missing").select_option("constant")
    constant = page.get_by_role("spinbutton", name="Fill value of a")
    expect(constant).to_have_value("0")
    constant.fill("none")
    expect(constant).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("column:a").get_by_role("button", name="How a is prepared").click()
    expect(constant).to_have_count(0)
    page.get_by_test_id("problems").click()  # brings it back into view
    expect(constant).to_be_visible()
    constant.fill("7")
    expect(page.get_by_test_id("run")).to_be_enabled()


def test_a_workbook_with_gaps_is_learnt(own_table: Page, tmp_path: Path, page_errors: PageErrors) -> None:
    page, workbook = own_table, tmp_path / "study.xlsx"
    rows: list[tuple[str | float | None, ...]] = [
        (n % 9 / 2, None if n % 5 == 0 else "ab"[n % 2], n % 9 * 1.5 + 0.25) for n in range(40)
    ]
    head = ("size", "group", "yield")
    write_workbook(workbook, {"Plots": [head, *rows], "Year 2": [head, *rows[:30]], "Notes": [("none",)]})
    upload(page, workbook)
    reading = page.get_by_test_id("reading")
    expect(reading).to_contain_text("Read as a workbook, sheet “Plots”, first row is the header")
    expect(page.get_by_test_id("column:group")).to_contain_text("8 missing: category")
    wait_until(lambda: "40 rows, a number to predict" in drawn(page), "its rows are drawn")

    # Another of its sheets is chosen from their names; what the lab says of one stands in the form.
    page.get_by_test_id("correct").click()
    expect(page.get_by_test_id("reading:delimiter")).to_have_count(0)
    sheet = page.get_by_test_id("reading:sheet")
    assert sheet.locator("option").all_text_contents() == ["found by the lab", "Plots", "Year 2", "Notes"]
    sheet.select_option(label="Notes")
    page.get_by_test_id("apply-reading").click()
    expect(page.get_by_test_id("reading-form")).to_contain_text("A table needs at least two")
    page_errors.allow("status of 4")
    sheet.select_option(label="Year 2")
    page.get_by_test_id("apply-reading").click()
    expect(reading).to_contain_text("sheet “Year 2”")
    wait_until(lambda: "30 rows, a number to predict" in drawn(page), "the rows of the other sheet are drawn")
    run_to_end(page)
    expect(page.get_by_test_id("results")).to_contain_text("Test r²")


def test_the_reading_of_a_table_is_corrected(own_table: Page, tmp_path: Path) -> None:
    page, csv = own_table, tmp_path / "codes.csv"
    csv.write_text("size;code;class\n" + "".join(f"{n % 7},5;{n % 3};{'ab'[n % 2]}\n" for n in range(30)))
    upload(page, csv)
    reading = page.get_by_test_id("reading")
    expect(reading).to_contain_text("separated by semicolons, decimal comma, UTF-8, first row is the header")
    page.get_by_test_id("column:size").get_by_role("checkbox").uncheck()
    page.get_by_test_id("correct").click()
    expect(page.get_by_test_id("apply-reading")).to_be_disabled()
    page.get_by_label("Type of code").select_option("category")
    page.get_by_test_id("apply-reading").click()
    expect(page.get_by_test_id("reading-form")).to_have_count(0)
    expect(page.get_by_test_id("correct")).to_be_focused()
    expect(reading).to_contain_text("code as category")
    expect(page.get_by_test_id("column:code")).to_contain_text("3 categories: 0, 1, 2")
    expect(page.get_by_test_id("column:size").get_by_role("checkbox")).not_to_be_checked()  # it is kept

    page.get_by_test_id("correct").click()
    page.get_by_test_id("reading:header").select_option("values")
    expect(page.get_by_label("Type of code")).to_be_disabled()  # there will be other columns
    page.get_by_test_id("apply-reading").click()
    expect(reading).to_contain_text("no header")
    expect(field(page, "dataset/target")).to_have_value("column 3")
    wait_until(lambda: "31 rows, 3 classes" in drawn(page), "the header is a row")
    labels = field(page, "dataset/file").locator("option").all_inner_texts()
    assert {each.partition(",")[0] for each in labels} >= {"codes.csv"}
    assert len(set(labels)) == len(labels), "each way of reading is told apart"

    page.get_by_test_id("correct").click()
    page.get_by_role("button", name="Find all anew").click()
    page.get_by_test_id("apply-reading").click()
    expect(reading).to_contain_text("first row is the header")


def test_files_are_dropped(own_table: Page, client: httpx.Client) -> None:
    page = own_table
    box = page.get_by_test_id("drop")
    box.evaluate(DROP, ["beside.csv", "x,z\n1,a\n2,b\n3,a\n4,b\n"])
    page.evaluate("drop.send(document.body, 'dragenter')")
    expect(box).to_have_attribute("data-dragged", "page")
    assert page.evaluate("drop.send(document.body, 'drop')") is False, "the browser doesn't leave the page to show it"
    expect(box).not_to_have_attribute("data-dragged", "page")
    box.evaluate(DROP, ["dropped.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n"])
    page.evaluate("drop.send(drop.box, 'dragover')")
    expect(box).to_have_attribute("data-dragged", "over")
    expect(box).to_contain_text("Drop it here")
    page.evaluate("drop.send(drop.box, 'drop')")
    expect(field(page, "dataset/target")).to_have_value("y")
    expect(box).not_to_have_attribute("data-dragged", "over")
    # Files are uploaded one after the other.
    names = [file["name"] for file in client.get("/api/datasets/files").json()["files"]]
    assert "dropped.csv" in names
    assert "beside.csv" not in names


def test_of_several_files_the_first_that_is_taken_is_chosen(
    own_table: Page, tmp_path: Path, page_errors: PageErrors
) -> None:
    page = own_table
    (tmp_path / "bad.csv").write_text("a,b,c\n1,2,3\n4,5\n")
    for name in ("first", "second"):
        (tmp_path / f"{name}.csv").write_text(f"{name},y\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(9)))
    upload(page, *(tmp_path / f"{name}.csv" for name in ("bad", "first", "second")))
    refused = page.get_by_test_id("upload-refused")
    expect(refused).to_contain_text("bad.csv can’t be used")
    expect(refused).to_contain_text("Row 3: This row has 2 values")
    file = field(page, "dataset/file")
    expect(file.locator("option", has_text="second.csv")).to_have_count(1)
    expect(file.locator("option:checked")).to_contain_text("first.csv")
    refused.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(0)
    page_errors.allow("status of 4")


def test_an_upload_tells_how_far_it_is_and_can_be_cancelled(
    own_table: Page, tmp_path: Path, client: httpx.Client
) -> None:
    page, large = own_table, tmp_path / "large.csv"
    large.write_text("a,b\n" + "1,2\n3,4\n" * 100_000)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    upload(page, large)
    progress = page.get_by_role("progressbar", name="Upload of large.csv")
    bar = "(bar) => bar.value"
    wait_until(lambda: 0 < progress.evaluate(bar) < 800_000, "a part has been sent")
    expect(page.get_by_test_id("uploading")).to_contain_text("of 800 kB")
    with page.expect_event("requestfailed", lambda request: "large.csv" in request.url):
        page.get_by_role("button", name="Cancel the upload of large.csv").click()
    expect(page.get_by_test_id("uploading")).to_have_count(0)
    network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    assert "large.csv" not in [file["name"] for file in client.get("/api/datasets/files").json()["files"]]


def test_nothing_of_a_table_stays_beside_one_that_cannot_be_used(own_table: Page, tmp_path: Path) -> None:
    page = own_table
    (tmp_path / "good.csv").write_text("a,b\n" + "".join(f"{n % 6},{'uv'[n % 2]}\n" for n in range(20)))
    (tmp_path / "same.csv").write_text("a,b\n" + "1,2\n" * 20)
    upload(page, tmp_path / "good.csv")
    wait_until(lambda: "20 rows, 2 classes" in drawn(page), "the first is drawn")
    expect(page.get_by_test_id("card:data")).to_contain_text("14 train")
    upload(page, tmp_path / "same.csv")
    expect(page.get_by_test_id("problems")).to_be_visible()
    expect(page.get_by_role("region", name="Data set")).to_have_count(0)
    expect(page.get_by_text("The data set is drawn once its settings are valid.")).to_be_visible()
    expect(page.get_by_test_id("card:data")).not_to_contain_text("train")


def test_thousands_of_columns_are_searched(own_table: Page, tmp_path: Path) -> None:
    page, csv = own_table, tmp_path / "wide.csv"
    names = [f"gene {n}" for n in range(1, 2000)]
    rows = [",".join([*(str((n + row) % 7) for n in range(1, 2000)), "ab"[row % 2]]) for row in range(12)]
    csv.write_text("\n".join([",".join([*names, "class"]), *rows]))
    upload(page, csv)
    features = page.get_by_test_id("field:dataset/features")
    expect(features.get_by_role("checkbox")).to_have_count(12)
    features.get_by_role("button", name="Show 100 more").click()
    expect(features.get_by_role("checkbox")).to_have_count(112)
    features.get_by_label("Search columns").fill("gene 199")
    expect(features.get_by_role("checkbox")).to_have_count(11)  # 199, and 1990 to 1999
    before = int(features.inner_text().partition("Features: ")[2].partition(" ")[0])
    features.get_by_role("button", name="Untick these", exact=True).click()
    expect(features).to_contain_text(f"Features: {before - 11} of 1999")
    expect(page.get_by_test_id("run")).to_be_enabled()


def test_another_file_resets_what_belonged_to_the_one_before_and_a_file_can_be_deleted(
    own_table: Page, tmp_path: Path, page_errors: PageErrors
) -> None:
    page = own_table
    weights, colours = tmp_path / "weights-mended.csv", tmp_path / "colours-mended.csv"
    weights.write_text("a,b,weight\n" + "".join(f"{n % 7},{n % 5},{n % 9 * 1.5 + n % 4}\n" for n in range(60)))
    colours.write_text("a,b,colour\n" + "".join(f"{n % 7},{n % 5},{('red', 'blue')[n % 2]}\n" for n in range(60)))
    upload(page, weights)
    wait_until(lambda: "60 rows, a number to predict" in drawn(page), "the first file is drawn")
    field(page, "split/target_scale").select_option("none")
    expect(page.get_by_test_id("run")).to_be_enabled()
    upload(page, colours)
    expect(page.get_by_test_id("reset")).to_contain_text("belonged to the file before and was reset")
    expect(page.get_by_test_id("run")).to_be_enabled()
    wait_until(lambda: "60 rows, 2 classes" in drawn(page), "the second file is drawn")
    # A problem of one field marks no column.
    field(page, "split/train").fill("0")
    expect(page.get_by_test_id("problems")).to_be_visible()
    expect(page.get_by_test_id("field:dataset/features")).not_to_contain_text("to be fixed")
    field(page, "split/train").fill("40")
    expect(page.get_by_test_id("run")).to_be_enabled()
    # The lesson's question is asked of this table, and nothing runs by itself.
    page.get_by_test_id("try:draws").click()
    expect(page.get_by_test_id("replaced")).to_contain_text("is set up for your data: 4 arms, 20 draws. Press Run.")
    expect(field(page, "dataset/target")).to_have_value("colour")
    page.get_by_test_id("undo-replaced").click()
    expect(page.get_by_test_id("replaced")).to_have_count(0)
    open_card(page, "data")
    page.get_by_test_id("delete-file").click()
    question = page.get_by_test_id("delete-question")
    expect(question).to_contain_text("Delete colours-mended.csv?")
    keep = question.get_by_role("button", name="Keep")
    expect(keep).to_be_focused()
    keep.click()
    expect(page.get_by_test_id("delete-file")).to_be_focused()
    expect(page.get_by_test_id("field:dataset/file")).to_contain_text("colours-mended.csv")
    delete_file(page)
    expect(page.get_by_test_id("field:dataset/file")).not_to_contain_text("colours-mended.csv")
    page_errors.allow("status of 422", "status of 409")  # of settings and files that are checked while they change


def test_a_file_that_an_experiment_uses_is_kept_and_the_experiment_named(
    own_table: Page, tmp_path: Path, client: httpx.Client, page_errors: PageErrors
) -> None:
    page = own_table
    (tmp_path / "kept.csv").write_text("a,b\n" + "".join(f"{n % 7},{n % 5 + n % 7}\n" for n in range(60)))
    upload(page, tmp_path / "kept.csv")
    wait_until(lambda: "60 rows" in drawn(page), "the file is drawn")
    field(page, "name").fill("Uses the kept file")
    run_to_end(page)
    id = page.url.rpartition("/")[2]
    page.get_by_test_id("set-up").click()
    open_card(page, "data")
    delete_file(page)
    expect(page.get_by_test_id("delete-refused")).to_contain_text("'Uses the kept file' uses this file")
    page_errors.allow("status of 409", "status of 404")  # of the file, and of the experiment that is deleted elsewhere
    file = str(stored(page, client)["file"])
    assert client.get(f"/api/datasets/files/{file}/content").is_success

    # Without the experiment it can go.
    client.delete(f"/api/experiments/{id}").raise_for_status()
    page.get_by_test_id("confirm-delete-file").click()
    expect(page.get_by_test_id("delete-question")).to_have_count(0)
