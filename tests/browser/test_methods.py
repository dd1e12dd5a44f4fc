"""Comparison of methods on one's own data, from the dialog to the revealed answer, and changes of the data set."""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.browser.form import field, open_card


def test_methods_are_compared_from_the_dialog_to_the_reveal(lab: Page, client: httpx.Client) -> None:
    open_card(lab, "data")
    field(lab, "training/epochs").fill("30")
    lab.get_by_test_id("try:methods").click()
    dialog = lab.get_by_test_id("methods-dialog")
    expect(lab.get_by_test_id("methods-rows")).to_have_text(
        "Two moons: 30 train, 21 validation, 21 test, 28 sealed rows. "
        "Always saying “1” is right on 57.1 % of the validation rows."
    )
    expect(lab.get_by_test_id("methods-foot")).to_contain_text("25 arms × 10 seeds, 250 runs")
    for name in ("Dropout", "early stopping"):
        dialog.get_by_test_id(f"method:{name}").uncheck()
    dialog.get_by_test_id("method-values:max norm").fill("3")
    expect(dialog).to_contain_text("Give at least 2 values")
    expect(lab.get_by_test_id("methods-apply")).to_be_disabled()
    dialog.get_by_test_id("method-values:max norm").fill("0.05, 0.1")
    dialog.get_by_test_id("method-values:L2").fill("0.01, 0.1")
    lab.get_by_test_id("methods-seeds").fill("2")
    expect(lab.get_by_test_id("methods-few")).to_contain_text("2 methods need at least 9 seeds")
    expect(lab.get_by_test_id("methods-foot")).to_contain_text("5 arms × 2 seeds, 10 runs")
    lab.get_by_test_id("methods-apply").click()
    expect(dialog).to_have_count(0)
    open_card(lab, "arms")
    expect(lab.get_by_test_id("field:arms/1/family")).to_have_value("max norm")
    lab.get_by_test_id("run").click()
    lab.wait_for_url("**/experiments/*")
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    id = lab.url.rpartition("/")[2]
    told = client.get(f"/api/experiments/{id}/contest").json()
    expect(lab.get_by_test_id("comparison")).to_contain_text(str(told["families"][0]["chosen"]))
    ends = [family for family in told["families"] if family["range_end"]]
    assert ends, "of two values one is always an end"
    expect(lab.get_by_test_id("range-end").first).to_have_text(
        f"{ends[0]['chosen']} has the {ends[0]['range_end']} value that was tried of its method: "
        f"try {ends[0]['range_end'].replace('est', 'er')} values too."
    )
    rate = 100 * told["majority"]["validation"]
    expect(lab.get_by_test_id("comparison").get_by_test_id("majority")).to_have_text(
        f"Always saying “{told['majority']['name']}” is right on {rate:.1f} % of the validation rows."
    )
    lab.get_by_test_id("reveal").click()
    expect(lab.get_by_test_id("reveal-too-few")).to_contain_text("A claim needs at least 8 seeds; 2 have finished.")
    expect(lab.get_by_test_id("reveal-range-end").first).to_contain_text("values too")
    lab.get_by_test_id("confirm-reveal").click()
    expect(lab.get_by_test_id("comparison").get_by_test_id("majority")).to_contain_text("of the sealed rows")


def test_a_data_set_with_too_few_rows_is_refused(lab: Page) -> None:
    field(lab, "dataset/n_samples").fill("60")
    expect(lab.get_by_test_id("run-summary")).to_contain_text("epochs in all")
    open_card(lab, "arms")
    lab.get_by_test_id("methods-link").click()
    expect(lab.get_by_test_id("methods-foot")).to_contain_text("60 rows are too few to compare methods: it needs 97")
    expect(lab.get_by_test_id("methods-apply")).to_be_disabled()


def test_what_belonged_to_a_data_set_is_reset_with_it_and_comes_back(lab: Page) -> None:
    field(lab, "dataset/n_samples").fill("150")
    lab.get_by_test_id("field:split/validation").fill("20")
    lab.locator("[aria-label='Set-up'] button.more", has_text="more").last.click()
    lab.get_by_test_id("field:split/label_noise").fill("0.2")
    expect(lab.get_by_test_id("flipped-labels")).to_have_text("20 % of labels flipped")
    expect(lab.get_by_test_id("warnings")).to_contain_text("flips 20 % of the training and validation labels")
    lab.get_by_test_id("dataset:circles").click()
    expect(lab.get_by_test_id("reset")).to_contain_text("Label noise 0.2 belonged to Two moons and was reset.")
    expect(lab.get_by_test_id("flipped-labels")).to_have_count(0)
    expect(lab.get_by_test_id("field:split/validation")).to_have_value("20")
    lab.get_by_test_id("undo-reset").click()
    expect(lab.get_by_test_id("dataset:moons")).to_have_attribute("aria-checked", "true")
    expect(lab.get_by_test_id("flipped-labels")).to_have_text("20 % of labels flipped")
    expect(lab.get_by_test_id("reset")).to_have_count(0)


def test_methods_are_compared_over_draws_of_a_table(lab: Page, tmp_path: Path) -> None:
    rows = [f"{n % 7},{n % 11},{('no', 'yes')[(n * n + n) % 5 > 1]}" for n in range(200)]
    (tmp_path / "drawn.csv").write_text("\n".join(["a,b,answer", *rows]))
    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:table").click()
    with lab.expect_file_chooser() as chooser:
        lab.get_by_test_id("upload").click()
    chooser.value.set_files(tmp_path / "drawn.csv")
    expect(field(lab, "dataset/target")).to_have_value("answer")
    field(lab, "split/draws").fill("3")
    expect(lab.get_by_test_id("run-summary")).to_contain_text("3 draws")

    lab.get_by_test_id("try:methods").click()
    dialog = lab.get_by_test_id("methods-dialog")
    expect(lab.get_by_test_id("methods-draws")).to_have_value("3")
    expect(lab.get_by_test_id("methods-foot")).to_contain_text("25 arms × 3 draws × 3 seeds, 225 runs")
    expect(lab.get_by_test_id("methods-fewer")).to_contain_text("25 arms × 3 draws × 10 seeds would be 750")
    lab.get_by_test_id("methods-draws").fill("0")
    expect(dialog).to_contain_text("Must be a whole number from 1")
    expect(lab.get_by_test_id("methods-apply")).to_be_disabled()
    lab.get_by_test_id("methods-draws").fill("2")
    lab.get_by_test_id("methods-seeds").fill("1")
    expect(lab.get_by_test_id("methods-foot")).to_contain_text("25 arms × 2 draws × 1 seed, 50 runs")
    lab.get_by_test_id("methods-apply").click()
    expect(dialog).to_have_count(0)
    expect(lab.get_by_test_id("run-summary")).to_contain_text("25 arms × 2 draws × 1 seed")
    expect(field(lab, "split/draws")).to_have_value("2")
