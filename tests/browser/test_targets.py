"""Controls on a phone: each is large enough for a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.form import open_card
from tests.service import Service

SMALL = """(least) => [...document.querySelectorAll(
  'button, a[href], input:not([type=file]), select, summary, [role=button], [role=tab], [role=radio], [role=switch]'
)].filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .flatMap((element) => {
    // A checkbox or switch is pressed by its label, too; a link in a sentence is as high as its line.
    const label = element.labels?.[0];
    const boxes = [element, ...(label ? [label] : [])].map((each) => each.getBoundingClientRect());
    const width = Math.max(...boxes.map((box) => box.width));
    const height = Math.max(...boxes.map((box) => box.height));
    const inSentence = getComputedStyle(element).display === 'inline' && element.closest('p, li, td');
    if (width <= 1 || height <= 1 || inSentence || (width >= least - 0.5 && height >= least - 0.5)) return [];
    const name = element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40);
    return [`${element.tagName} ${element.dataset.testid ?? ''} ${name}: ${Math.round(width)}×${Math.round(height)}`];
  })"""
"""Script that lists the visible controls that are smaller than so many pixels in width or height."""

LEAST = 24
MAIN = 40
PLACES = ("/", "/experiments", "/learn", "/suites", "/system")


def is_large(page: Page, test_id: str) -> bool:
    box = page.get_by_test_id(test_id).bounding_box()
    return box is not None and min(box["width"], box["height"]) >= MAIN - 0.5


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


@pytest.mark.parametrize("place", PLACES)
def test_every_control_of_a_place_is_large_enough(phone: Page, service: Service, place: str) -> None:
    phone.goto(f"{service.url}{place}")
    expect(phone.locator("main h1, main [data-testid=run]").first).to_be_attached()
    expect(phone.get_by_role("status", name="Loading")).to_have_count(0)
    assert phone.evaluate(SMALL, LEAST) == []


def test_every_control_of_a_card_is_large_enough(phone: Page, service: Service) -> None:
    phone.goto(service.url)
    expect(phone.get_by_test_id("run")).to_be_enabled()
    assert is_large(phone, "run")
    for card in ("data", "network", "training", "arms", "repeats"):
        open_card(phone, card)
        assert is_large(phone, f"card:{card}")
        expect(phone.locator("form section[data-open] :is(input, select, button)").nth(1)).to_be_visible()
        assert phone.evaluate(SMALL, LEAST) == [], card


def test_every_control_of_a_view_is_large_enough(phone: Page, service: Service) -> None:
    phone.goto(service.url)
    phone.get_by_test_id("run").click()
    phone.wait_for_url("**/experiments/*")
    expect(phone.get_by_test_id("status").first).to_have_text("finished")
    tabs = phone.locator("[role=tab][data-testid^='tab:']")
    for tab in [each.get_attribute("data-testid") or "" for each in tabs.all()]:
        phone.get_by_test_id(tab).click()
        expect(phone.get_by_test_id(tab)).to_have_attribute("aria-selected", "true")
        expect(phone.get_by_role("tabpanel")).not_to_be_empty()
        expect(phone.get_by_role("status", name="Loading")).to_have_count(0)
        assert phone.evaluate(SMALL, LEAST) == [], tab
