"""What is in sight, and that it stays where it is: at a laptop's size and at a phone's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.form import field, open_card
from tests.service import Service

ARMS = ("baseline", "unit norm", "min-max norm 1 to 1", "max norm 1")

SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.shifts.push({
      value: entry.value,
      byHand: entry.hadRecentInput,
      of: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? ""),
    });
  }
}).observe({ type: "layout-shift", buffered: true });"""
"""Script that keeps what moved on the page without being asked to, and how much of the window it was."""


ON_TOP = """(part) => {
  const { left, top, width, height } = part.getBoundingClientRect();
  return [0.2, 0.8].every((share) => part.contains(document.elementFromPoint(left + width / 2, top + share * height)));
}"""


def ran(page: Page) -> None:
    page.get_by_test_id("run").click()
    page.wait_for_url("**/experiments/*")
    expect(page.get_by_test_id("status").first).to_have_text("finished")
    expect(page.get_by_test_id("more")).to_be_visible()


def is_whole(part: Locator) -> bool:
    """Whether all of it is in the window."""
    inside: bool = part.evaluate(
        """(part) => {
          const { top, bottom, left, right } = part.getBoundingClientRect();
          return top >= 44 && left >= 0 && bottom <= window.innerHeight && right <= window.innerWidth;
        }"""
    )
    return inside


def test_after_run_all_four_panels_are_whole_and_in_sight(lab: Page) -> None:
    lab.set_viewport_size({"width": 1280, "height": 800})
    ran(lab)
    for arm in ARMS:
        panel = lab.get_by_test_id(f"panel:{arm}")
        assert is_whole(panel.locator(".js-plotly-plot")), arm
        assert is_whole(lab.get_by_test_id(f"figures:{arm}")), arm
    assert is_whole(lab.get_by_test_id("verdict"))
    assert is_whole(lab.get_by_test_id("scrubber"))
    assert lab.get_by_test_id(f"panel:{ARMS[0]}").evaluate("(panel) => panel.getBoundingClientRect().top") <= 305


def test_on_a_phone_the_first_chart_is_in_sight(lab: Page) -> None:
    lab.set_viewport_size({"width": 390, "height": 844})
    ran(lab)
    assert is_whole(lab.get_by_test_id(f"panel:{ARMS[0]}").locator(".js-plotly-plot"))


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["laptop", "phone"])
def test_nothing_moves_by_itself_from_run_to_the_answer(page: Page, service: Service, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(SHIFTS)
    page.goto(service.url)
    expect(page.locator("[aria-label='Data set'] [data-marks]").first).to_be_visible()
    ran(page)
    moved = [shift for shift in page.evaluate("window.shifts") if not shift["byHand"]]
    assert sum(shift["value"] for shift in moved) < 0.05, moved


def test_the_set_up_comes_back_beside_the_experiment_as_it_was(lab: Page) -> None:
    lab.set_viewport_size({"width": 1280, "height": 800})
    field(lab, "training/epochs").fill("50")
    ran(lab)
    expect(lab.get_by_role("form", name="Set-up")).to_have_count(0)
    lab.get_by_test_id("set-up").click()
    expect(lab.get_by_test_id("field:training/epochs")).to_have_value("50")
    expect(lab.get_by_test_id("panel:baseline")).to_be_visible()
    open_card(lab, "training")
    run, cards = lab.get_by_test_id("run"), lab.get_by_test_id("card:data")
    assert is_whole(run)
    assert run.evaluate(ON_TOP), "nothing lies over it"
    assert cards.bounding_box()["y"] < 240  # type: ignore[index]  # it is drawn
    lab.get_by_test_id("set-up").click()
    expect(lab.get_by_role("form", name="Set-up")).to_have_count(0)


def test_cards_are_lines_and_one_is_open_at_a_time(lab: Page) -> None:
    openers = lab.locator("form [data-testid^='card:']")
    expect(lab.get_by_test_id("card:data")).to_contain_text("Two moons, 30 train / 70 test")
    expect(lab.get_by_test_id("card:training")).to_contain_text("4,000 epochs")
    for arm in ARMS:
        expect(lab.get_by_test_id("card:arms")).to_contain_text(arm)
    for title in ("training", "data"):
        open_card(lab, title)
        opened = [each for each in openers.all() if each.get_attribute("aria-expanded") == "true"]
        assert [each.get_attribute("data-testid") for each in opened] == [f"card:{title}"]


def test_what_there_is_to_try_runs_at_once(lab: Page) -> None:
    lab.get_by_test_id("try:tutorial").click()
    lab.wait_for_url("**/experiments/*")
    expect(lab.get_by_test_id("experiment-name")).to_have_text("Watch it overfit")
    expect(lab.get_by_test_id("panel:baseline")).to_be_visible()
    lab.get_by_role("link", name="Lab", exact=True).click()
    expect(lab.get_by_role("heading", name="How well does this network generalise?")).to_be_visible()
    lab.get_by_test_id("try:own").click()
    expect(lab.get_by_test_id("upload")).to_be_visible()
