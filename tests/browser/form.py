"""The Lab's form, used as a person does: a card is opened before what is in it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def open_card(page: Page, title: str) -> None:
    """Opens the card of this title; the one that was open closes."""
    opener = page.get_by_test_id(f"card:{title}")
    if opener.get_attribute("aria-expanded") == "false":
        opener.click()


def field(page: Page, place: str) -> Locator:
    """Field at a place of the draft. Its card, if it is in one, is open."""
    own = page.locator(f"[data-places~='{place}']")
    card = own if own.count() else page.locator(f"[data-places~='{place.partition('/')[0]}']")
    opener = card.locator("[data-opener]").first
    if card.count() and opener.get_attribute("aria-expanded") == "false":
        opener.click()
    return page.get_by_test_id(f"field:{place}")


def remove_arms(page: Page, *arms: str) -> None:
    """Removes arms from the draft."""
    open_card(page, "arms")
    for arm in arms:
        page.get_by_role("button", name=f"Remove {arm}", exact=True).click()
