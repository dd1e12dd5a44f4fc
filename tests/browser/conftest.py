"""Fixtures of the tests in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.service import PATIENCE, Service


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Other tests may be using the cores."""
    expect.set_options(timeout=PATIENCE * 1000)
    yield
    expect.set_options(timeout=5000)


@pytest.fixture
def page(page: Page) -> Page:
    """An empty page that is waited for as long."""
    page.set_default_timeout(PATIENCE * 1000)
    return page


@pytest.fixture
def lab(page: Page, service: Service) -> Page:
    """The Lab, with the tutorial in its form."""
    page.goto(service.url)
    expect(page.get_by_test_id("run")).to_be_enabled()
    expect(page.locator("[aria-label='Data set'] [data-marks]").first).to_be_visible()
    return page
