"""The page by keyboard: Run, undo, the list of keys, the command palette, and tab stops."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from tests.browser.form import field, open_card, remove_arms
from tests.service import Service

TABS_TO_RUN = 12


def focused(page: Page, attribute: str = "data-testid") -> str | None:
    found: str | None = page.evaluate("(name) => document.activeElement?.getAttribute(name)", attribute)
    return found


def shorten(lab: Page) -> None:
    """Leaves two arms that train in a moment."""
    field(lab, "training/epochs").fill("200")
    remove_arms(lab, "max norm 1", "min-max norm 1 to 1")


def test_run_is_few_tabs_from_the_top(lab: Page) -> None:
    lab.keyboard.press("Tab")
    assert focused(lab) == "skip"
    expect(lab.get_by_test_id("skip")).to_be_in_viewport()
    tabs = 1
    while focused(lab) != "run":
        lab.keyboard.press("Tab")
        tabs += 1
        assert tabs <= TABS_TO_RUN, "Run is not among the first tab stops"

    # From the skip link it is the first.
    lab.get_by_test_id("skip").focus()
    lab.keyboard.press("Enter")
    assert focused(lab, "aria-label") == "Set-up"
    lab.keyboard.press("Tab")
    assert focused(lab) == "run"


def test_groups_of_choices_are_one_tab_stop(lab: Page) -> None:
    open_card(lab, "data")
    for name, role in (("Kinds of data", "tab"), ("Data set", "radio")):
        group = lab.get_by_label(name, exact=True).and_(lab.locator("[role=tablist], [role=radiogroup]"))
        members = group.get_by_role(role)  # type: ignore[arg-type]
        assert members.count() > 2
        assert group.locator("[tabindex='0']").count() == 1

    datasets = lab.get_by_role("radiogroup", name="Data set").get_by_role("radio")
    chosen = lab.get_by_test_id("dataset:moons")
    chosen.focus()
    lab.keyboard.press("ArrowLeft")
    lab.keyboard.press("ArrowRight")
    expect(chosen).to_be_focused()
    lab.keyboard.press("End")
    expect(datasets.last).to_be_focused()
    expect(chosen).to_have_attribute("aria-checked", "true")
    lab.keyboard.press("Home")
    other = datasets.first if focused(lab) != "dataset:moons" else datasets.nth(1)
    other.focus()
    lab.keyboard.press("Space")
    expect(other).to_have_attribute("aria-checked", "true")
    expect(other).to_have_attribute("tabindex", "0")
    expect(chosen).to_have_attribute("tabindex", "-1")

    # The tabs are chosen as the focus comes to them.
    kinds = lab.get_by_role("tablist", name="Kinds of data").get_by_role("tab")
    lab.locator("[role=tablist][aria-label='Kinds of data'] [tabindex='0']").focus()
    lab.keyboard.press("End")
    expect(kinds.last).to_have_attribute("aria-selected", "true")
    expect(kinds.last).to_be_focused()


def test_the_key_of_run_starts_it_and_leads_to_the_experiment(lab: Page) -> None:
    shorten(lab)
    field(lab, "training/epochs").fill("")
    lab.keyboard.press("Control+Enter")
    expect(lab.get_by_test_id("field:training/epochs")).to_be_focused()
    assert lab.url.endswith("/"), "what has problems is not run"

    said = lab.get_by_test_id("announced")
    field(lab, "training/epochs").fill("200")
    lab.keyboard.press("Control+Enter")
    lab.wait_for_url("**/experiments/*")
    expect(lab.get_by_test_id("experiment-name")).to_be_focused()
    expect(said).to_contain_text("Two moons is finished. ")
    answer = (said.text_content() or "").removeprefix("Two moons is finished. ")
    assert len(answer) > 10
    expect(lab.get_by_test_id("headline")).to_have_text(answer)


def test_changes_of_the_set_up_are_undone_and_made_again(lab: Page) -> None:
    undo, redo = lab.get_by_test_id("undo"), lab.get_by_test_id("redo")
    expect(undo).to_be_disabled()
    expect(redo).to_be_disabled()
    remove_arms(lab, "max norm 1", "unit norm")
    expect(lab.get_by_role("button", name="Remove max norm 1")).to_have_count(0)
    lab.keyboard.press("Control+z")
    expect(lab.get_by_role("button", name="Remove unit norm")).to_have_count(1)
    expect(lab.get_by_role("button", name="Remove max norm 1")).to_have_count(0)
    lab.keyboard.press("Control+Shift+z")
    expect(lab.get_by_role("button", name="Remove unit norm")).to_have_count(0)
    undo.click()
    undo.click()
    expect(lab.get_by_role("button", name="Remove max norm 1")).to_have_count(1)
    expect(undo).to_be_disabled()
    redo.click()
    expect(lab.get_by_role("button", name="Remove max norm 1")).to_have_count(0)

    # Where a text is being typed, the browser's own undo has the key.
    name = field(lab, "name")
    name.click()
    name.press_sequentially("x")
    lab.keyboard.press("Control+z")
    expect(lab.get_by_role("button", name="Remove max norm 1")).to_have_count(0)


def test_the_list_of_keys(lab: Page) -> None:
    keys = lab.get_by_role("dialog", name="Keys")
    lab.keyboard.press("?")
    expect(keys).to_contain_text("Run what is set up")
    lab.keyboard.press("Control+Enter")  # a dialog has the keys for itself
    lab.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    assert lab.url.endswith("/")
    lab.get_by_test_id("keys").click()
    expect(keys).to_be_visible()
    lab.keyboard.press("Escape")

    field(lab, "name").fill("")
    field(lab, "name").press("?")
    expect(field(lab, "name")).to_have_value("?")
    expect(keys).to_have_count(0)


def test_the_command_palette(lab: Page, service: Service, client: httpx.Client) -> None:
    def command(words: str) -> None:
        lab.keyboard.press("Control+k")
        palette = lab.get_by_test_id("palette")
        expect(palette).to_be_focused()
        palette.fill(words)
        lab.keyboard.press("Enter")
        expect(palette).to_have_count(0)

    command("history")
    lab.wait_for_url("**/experiments")
    presets = client.get("/api/presets").json()["presets"]
    command(presets[1]["title"])
    lab.wait_for_url(service.url + "/")
    name = client.get(f"/api/presets/{presets[1]['name']}").json()["experiment"]["name"]
    expect(field(lab, "name")).to_have_value(name)
    command("undo")
    expect(field(lab, "name")).not_to_have_value(name)

    lab.keyboard.press("Control+k")
    for words in ("moons", "how to use weight constraints", "unit norm"):
        lab.get_by_test_id("palette").fill(words)
        expect(lab.get_by_test_id("command:preset:tutorial")).to_be_visible()
    lab.keyboard.press("Escape")

    scheme = lab.locator("html").get_attribute("data-mantine-color-scheme")
    command("colours")
    expect(lab.locator("html")).not_to_have_attribute("data-mantine-color-scheme", scheme or "")
    lab.keyboard.press("Control+k")
    expect(lab.get_by_test_id("command:view:weights")).to_have_count(0)
    lab.get_by_test_id("palette").fill("nothing is called that")
    expect(lab.get_by_role("dialog").get_by_role("option")).to_have_count(0)
    lab.keyboard.press("Escape")

    shorten(lab)
    command("run")
    lab.wait_for_url("**/experiments/*")
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    command("weights")
    expect(lab.get_by_test_id("tab:weights")).to_have_attribute("aria-selected", "true")
