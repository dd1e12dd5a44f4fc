"""Arrays of one's own in the page: uploaded, split as the file splits them, drawn and trained."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.form import field, open_card
from tests.core.catalog.datasets.own_arrays import npz, picture, trials, zipped
from tests.page_errors import PageErrors
from tests.service import PATIENCE


def test_pictures_of_ones_own_are_learnt(lab: Page, page_errors: PageErrors, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    x = rng.integers(0, 60, (40, 8, 8), "uint8")
    x[y == 1, :4] += 150
    (tmp_path / "bright.npz").write_bytes(npz(x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:]))
    (tmp_path / "alone.npy").write_bytes(b"\x93NUMPY" + bytes(100))
    (tmp_path / "table.csv").write_text("a,b\n1,2\n3,4\n5,6\n")

    def upload(name: str) -> None:
        with lab.expect_file_chooser() as chooser:
            lab.get_by_test_id("upload").click()
        chooser.value.set_files(tmp_path / name)

    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:arrays").click()
    upload("alone.npy")
    expect(lab.get_by_test_id("upload-refused")).to_contain_text("Save the arrays x and y together")
    page_errors.allow("status of 4")
    upload("table.csv")
    expect(lab.get_by_test_id("upload-refused")).to_contain_text("It holds a table")
    upload("bright.npz")
    expect(lab.get_by_test_id("arrays-notes")).to_contain_text("40 examples of 8 × 8")
    expect(lab.get_by_test_id("arrays-notes")).to_contain_text("30 train, 10 test")
    options = field(lab, "dataset/file").locator("option")
    expect(options.first).to_have_text("bright.npz")
    expect(options.filter(has_text=".csv")).to_have_count(0)
    expect(field(lab, "split/train")).to_have_value("30")
    expect(field(lab, "split/shuffle")).not_to_be_checked()
    expect(lab.get_by_role("region", name="Data set").locator("canvas, img").first).to_be_visible()
    field(lab, "dataset/layout").select_option("table")
    expect(lab.get_by_test_id("run")).to_be_enabled()
    lab.get_by_test_id("run").click()
    expect(lab.get_by_test_id("results")).to_contain_text("Test accuracy")


def test_networks_that_fit_pictures_are_proposed(lab: Page, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    x = rng.integers(0, 60, (40, 8, 8, 3), "uint8")
    x[y == 1, :4] += 150
    (tmp_path / "halves.npz").write_bytes(npz(x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:]))
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:arrays").click()
    with lab.expect_file_chooser() as chooser:
        lab.get_by_test_id("upload").click()
    chooser.value.set_files(tmp_path / "halves.npz")
    expect(lab.get_by_test_id("arrays-notes")).to_contain_text("40 examples of 8 × 8")
    expect(lab.get_by_test_id("problems")).to_be_visible()

    open_card(lab, "network")
    proposals = lab.get_by_test_id("network-proposals")
    expect(proposals).to_contain_text("Each example is 8×8×3")
    expect(proposals.get_by_role("button")).to_have_text(["Flatten first", "Convolutions first"])
    proposals.get_by_role("button", name="Convolutions first").click()
    expect(proposals).to_have_count(0)
    expect(lab.get_by_test_id("shape:conv_1")).to_contain_text("6×6×32")
    expect(lab.get_by_test_id("run")).to_be_enabled()
    lab.get_by_test_id("undo").click()
    proposals.get_by_role("button", name="Flatten first").click()
    expect(lab.get_by_test_id("shape:flat")).to_contain_text("→ 192")
    expect(lab.get_by_test_id("problems")).to_have_count(0)


def test_trials_are_cut_by_subject(lab: Page, tmp_path: Path) -> None:
    given = trials(60)
    given["x"] *= 1e-5
    subjects = given.pop("groups")
    (tmp_path / "eeg.npz").write_bytes(npz(**given, subjects=np.char.add("S", subjects.astype(str)), onset=subjects))
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:arrays").click()
    with lab.expect_file_chooser() as chooser:
        lab.get_by_test_id("upload").click()
    chooser.value.set_files(tmp_path / "eeg.npz")
    expect(field(lab, "split/by")).to_have_value("group")
    column = field(lab, "split/column")
    expect(column).to_have_value("subjects")
    expect(lab.get_by_test_id("arrays-notes")).to_contain_text("standardising is proposed")
    expect(field(lab, "split/standardize")).to_be_checked()
    assert column.locator("option").all_text_contents() == ["none", "subjects", "onset"]
    expect(lab.get_by_test_id("card:data")).to_contain_text("40 train, 20 test rows")
    field(lab, "dataset/layout").select_option("table")
    field(lab, "training/epochs").fill("20")
    with lab.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 201) as posted:
        lab.get_by_test_id("run").click()
    assert posted.value.json()["experiment"]["split"]["column"] == "subjects"
    expect(lab.get_by_test_id("results")).to_contain_text("Test accuracy")
    expect(lab.get_by_test_id("status").first).to_have_text("finished", timeout=3 * PATIENCE * 1000)


def test_a_zip_of_folders_is_learnt(lab: Page, tmp_path: Path, client: httpx.Client) -> None:
    folders = {
        f"pets/{label}/{n}.{kind.lower()}": picture((50 * (n % 5), 20, blue), format=kind)
        for label, blue in (("cat", 20), ("dog", 220))
        for n, kind in enumerate(["PNG", "JPEG"] * 8)
    }
    (tmp_path / "pets.zip").write_bytes(zipped({**folders, "pets/notes.txt": b"of our neighbours"}))
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:arrays").click()
    with lab.expect_file_chooser() as chooser:
        lab.get_by_test_id("upload").click()
    chooser.value.set_files(tmp_path / "pets.zip")
    notes = lab.get_by_test_id("arrays-notes")
    expect(notes).to_contain_text("32 examples of 6 × 8 × 3, 2 classes")
    expect(notes).to_contain_text("Files that are no PNG or JPEG and are not used: 1")
    expect(lab.get_by_role("region", name="Data set").locator("canvas, img").first).to_be_visible()
    field(lab, "dataset/layout").select_option("table")
    field(lab, "training/epochs").fill("20")
    expect(lab.get_by_test_id("run")).to_be_enabled()
    lab.get_by_test_id("run").click()
    expect(lab.get_by_test_id("status").first).to_have_text("finished", timeout=3 * PATIENCE * 1000)
    expect(lab.get_by_test_id("experiment-name")).to_have_text("pets.zip")
    view = client.get(f"/api/experiments/{lab.url.rpartition('/')[2]}").raise_for_status().json()
    assert view["arms"][0]["test_accuracy"]["mean"] == 1, "cats are dark, dogs are blue"
