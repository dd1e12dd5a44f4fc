"""Accessibility of every place, view, menu and dialog in a real browser, as axe finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.presets import TUTORIAL
from tests.browser.form import open_card
from tests.service import PATIENCE, ROOT, Service, wait_until

AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

FIND: Final = """async (rules) => {
  const enabled = Object.fromEntries(rules.map((rule) => [rule, { enabled: true }]));
  const { violations, passes } = await axe.run(document, { rules: enabled });
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, target, any, all, none }) => ({
      rule: id,
      target: target.join(" "),
      html: html.slice(0, 160),
      why: [...any, ...all, ...none].map(({ message }) => message).join("; "),
    })),
  );
  return { found, passed: passes.map(({ id }) => id) };
}"""

OPTIONAL_RULES: Final = ("target-size", "label-content-name-mismatch")
"""Rules that axe applies only where they are named."""

IS_STILL: Final = "document.getAnimations().every(({ playState }) => playState !== 'running')"

CARDS: Final = ("data", "network", "training", "arms", "sweep", "repeats", "predict")
SIZES: Final = {"laptop": (1280, 800), "phone": (390, 844)}


@dataclass(frozen=True)
class Ended:
    """Ids of experiments and of a suite that have ended."""

    experiment: str
    sweep: str
    suite: str


@pytest.fixture(scope="module")
def ended(service: Service) -> Ended:
    tutorial = TUTORIAL.experiment.model_dump(mode="json") | {"name": "Few epochs", "seeds": [1, 2]}
    tutorial["training"]["epochs"] = 40
    path = ["layers", "hidden", "kernel_constraint", "max_value"]
    max_norm = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm"}}}}
    sweep = {
        **tutorial,
        "name": "Sweep over few epochs",
        "arms": [{"name": "baseline"}],
        "sweep": {"axes": [{"path": path, "values": [0.5, 1, 2]}], "changes": max_norm},
    }
    suite = {each: tutorial[each] for each in ("network", "training", "seeds", "arms")} | {
        "name": "Suite over few epochs",
        "datasets": [{"dataset": {"kind": kind}, "split": {"shuffle": True}} for kind in ("moons", "circles", "xor")],
    }
    with service.client() as client:
        ids = Ended(
            _posted(client, "experiments", tutorial),
            _posted(client, "experiments", sweep),
            _posted(client, "suites", suite),
        )
        for experiment in (ids.experiment, ids.sweep):
            client.get(f"/api/experiments/{experiment}/events", timeout=PATIENCE)
        wait_until(lambda: client.get(f"/api/suites/{ids.suite}").json()["status"] == "finished", "the suite has ended")
    return ids


def _posted(client: httpx.Client, resource: str, body: dict[str, Any]) -> str:
    answer = client.post(f"/api/{resource}", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def in_lab(page: Page, url: str, _: Ended) -> Iterator[str]:
    page.goto(url)
    expect(page.get_by_test_id("run")).to_be_enabled()
    expect(page.locator("[aria-label='Data set'] [data-marks]").first).to_be_visible()
    yield "Lab"
    for card in CARDS:
        open_card(page, card)
        yield f"card {card}"
    open_card(page, "sweep")
    page.get_by_test_id("add-axis").click()
    yield "numbers picker"
    page.get_by_role("listbox").get_by_role("option").first.click()
    expect(page.get_by_test_id("axis:0")).to_be_visible()
    yield "card sweep with an axis"


def with_own_table(page: Page, url: str, _: Ended) -> Iterator[str]:
    page.goto(url)
    open_card(page, "data")
    page.get_by_test_id("group:your own").click()
    page.get_by_test_id("dataset:table").click()
    expect(page.get_by_test_id("upload")).to_be_visible()
    yield "no table yet"
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("upload").click()
    table = "id;length;colour;sold\n" + "".join(f"{n};{n % 7 or ''};{'rgb'[n % 3]};{n % 2}\n" for n in range(30))
    chooser.value.set_files(FilePayload(name="table.csv", mimeType="text/csv", buffer=table.encode()))
    expect(page.get_by_test_id("column:id")).to_contain_text("counts the rows")
    yield "a table"
    page.get_by_test_id("correct").click()
    expect(page.get_by_test_id("first-rows")).to_be_visible()
    yield "its reading"
    page.get_by_test_id("reading:header").select_option("values")
    yield "its reading changed"
    page.keyboard.press("Escape")
    page.get_by_test_id("column:length").get_by_role("button").click()
    page.get_by_test_id("column:colour").get_by_role("button").click()
    page.get_by_test_id("column:id").get_by_role("checkbox").check()
    expect(page.get_by_role("button", name="As proposed")).to_be_visible()
    yield "its columns"


def in_labs_menus(page: Page, url: str, _: Ended) -> Iterator[str]:
    page.goto(url)
    expect(page.get_by_test_id("run")).to_be_enabled()
    page.get_by_test_id("presets").click()
    expect(page.get_by_role("listbox")).to_be_visible()
    yield "presets picker"
    page.keyboard.press("Escape")
    page.get_by_test_id("copy:set-up").click()
    expect(page.get_by_role("menu")).to_be_visible()
    yield "copy menu"
    page.keyboard.press("Escape")
    page.get_by_test_id("share:set-up").click()
    yield "link shared"
    page.reload()
    page.get_by_test_id("suite").click()
    expect(page.get_by_test_id("run-suite")).to_be_visible()
    yield "suite dialog"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".mantine-Modal-overlay")).to_have_count(0)
    open_card(page, "training")
    page.get_by_test_id("field:training/epochs").fill("0")
    expect(page.get_by_test_id("problems")).to_be_visible()
    yield "a setting to fix"


def in_experiment(page: Page, url: str, ended: Ended) -> Iterator[str]:
    page.goto(f"{url}/experiments/{ended.experiment}")
    expect(page.get_by_test_id("more")).to_be_visible()
    ids = page.locator("[role=tab]").evaluate_all("tabs => tabs.map(tab => tab.dataset.testid)")
    assert len(ids) > 6
    for tab in ids:
        page.get_by_test_id(tab).click()
        expect(page.get_by_test_id(tab)).to_have_attribute("aria-selected", "true")
        expect(page.locator("[role=tabpanel] .mantine-Loader-root")).to_have_count(0)
        yield str(tab)
    page.locator("main details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    yield "details opened"


def in_experiments_menus(page: Page, url: str, ended: Ended) -> Iterator[str]:
    page.goto(f"{url}/experiments/{ended.experiment}?overlay=all&metric=loss")
    expect(page.get_by_test_id("more")).to_be_visible()
    yield "all arms in one"
    page.get_by_test_id("curve-options").click()
    expect(page.get_by_text("Log epochs")).to_be_visible()
    yield "options"
    page.keyboard.press("Escape")
    page.get_by_test_id("more-actions").click()
    expect(page.get_by_role("menu")).to_be_visible()
    yield "more menu"
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_test_id("confirm-delete")).to_be_visible()
    yield "delete dialog"
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_test_id("present-button").click()
    expect(page.get_by_test_id("present")).to_be_visible()
    yield "presented"


def in_sweep(page: Page, url: str, ended: Ended) -> Iterator[str]:
    page.goto(f"{url}/experiments/{ended.sweep}")
    expect(page.get_by_test_id("sweep")).to_be_visible()
    yield "sweep"


def in_history(page: Page, url: str, _: Ended) -> Iterator[str]:
    page.goto(f"{url}/experiments")
    expect(page.get_by_test_id("experiments").get_by_role("listitem").first).to_be_visible()
    yield "History"
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette")).to_be_visible()
    yield "palette"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")  # a phone has no button for it
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "keys"


def in_suites(page: Page, url: str, ended: Ended) -> Iterator[str]:
    page.goto(f"{url}/suites")
    expect(page.get_by_test_id("suites")).to_be_visible()
    yield "Suites"
    page.goto(f"{url}/suites/{ended.suite}")
    expect(page.get_by_test_id("rank-diagram")).to_be_visible()
    yield "a suite"


def in_learn(page: Page, url: str, _: Ended) -> Iterator[str]:
    page.goto(f"{url}/learn")
    expect(page.get_by_test_id("lessons")).to_be_visible()
    yield "Learn"
    page.goto(f"{url}/learn/bias")
    page.get_by_test_id("answer:worse").check()
    yield "a lesson"
    page.get_by_test_id("run-lesson").click()
    expect(page.get_by_test_id("seen")).to_be_visible()
    yield "a lesson answered"


def in_system(page: Page, url: str, _: Ended) -> Iterator[str]:
    page.goto(f"{url}/system")
    expect(page.get_by_test_id("system")).to_be_visible()
    yield "System"
    page.goto(f"{url}/nowhere")
    expect(page.get_by_role("link", name="Go to the Lab")).to_be_visible()
    yield "nothing at this address"


WALKS: Final[tuple[Callable[[Page, str, Ended], Iterator[str]], ...]] = (
    in_lab,
    with_own_table,
    in_labs_menus,
    in_experiment,
    in_experiments_menus,
    in_sweep,
    in_history,
    in_suites,
    in_learn,
    in_system,
)


def findings(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands."""
    wait_until(lambda: page.evaluate(IS_STILL), "nothing moves")
    answer = page.evaluate(FIND, OPTIONAL_RULES)
    assert "color-contrast" in answer["passed"], "axe saw no text"
    return ["{rule} at {target}: {why} {html}".format(**each) for each in answer["found"]]


@pytest.mark.parametrize("walk", WALKS, ids=[walk.__name__ for walk in WALKS])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    page: Page,
    service: Service,
    ended: Ended,
    walk: Callable[[Page, str, Ended], Iterator[str]],
    size: str,
    scheme: str,
) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.add_init_script(path=AXE)
    found = {state: wrong for state in walk(page, service.url, ended) if (wrong := findings(page))}
    assert not found, "\n".join(f"{state}: {each}" for state, wrong in found.items() for each in wrong)


def test_axe_finds_what_is_wrong(page: Page, service: Service) -> None:
    page.add_init_script(path=AXE)
    page.goto(f"{service.url}/system")
    expect(page.get_by_test_id("system")).to_be_visible()
    unnamed = "(button) => { button.ariaLabel = null; button.title = ''; button.innerText = ''; }"
    page.get_by_test_id("keys").evaluate(unnamed)
    page.locator("main h1").evaluate("(heading) => { heading.style.color = '#aaaaaa'; }")
    assert {each.split()[0] for each in findings(page)} == {"button-name", "color-contrast"}
