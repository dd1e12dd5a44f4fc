"""Take the documents' screenshots of the page: `python -m tests.pictures`; with `--visual`, those of the visual test.

It starts a service and trains the experiments shown. Check the pictures, then commit them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from app.presets import PRESETS
from launch import setup
from tests import visual
from tests.browser.form import open_card
from tests.conftest import CHROMIUM_FLAGS
from tests.service import Service

PICTURES = setup.ROOT / "docs" / "img"
WIDE, NARROW = (1280, 900), (390, 844)
PATIENCE = 120_000
"""Timeout of every step on the page, in milliseconds."""


@dataclass(frozen=True)
class Picture:
    """One screenshot: address, subject and preconditions."""

    name: str
    path: str
    ready: str
    """A selector that is visible once the page is ready."""
    whole: bool = True
    """The whole page, or what fits the screen."""
    then: Callable[[Page], None] = lambda _: None
    """Steps before the screenshot."""


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = setup.browser() or playwright.chromium.executable_path
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        with playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_FLAGS, *sandbox]) as opened:
            yield opened


def _trained(client: httpx.Client, preset: str, **changes: Any) -> str:
    """Trains a preset to its end; returns the experiment's id."""
    body = {**PRESETS[preset].experiment.model_dump(mode="json"), **changes}
    id = str(client.post("/api/experiments", json=body).raise_for_status().json()["id"])
    with client.stream("GET", f"/api/experiments/{id}/events", timeout=900) as events:
        for _ in events.iter_bytes():
            pass
    return id


def _take(browser: Browser, url: str, picture: Picture, scheme: Any, size: tuple[int, int]) -> None:
    viewport: Any = {"width": size[0], "height": size[1]}
    with browser.new_context(color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as context:
        page: Page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url + picture.path)
        page.locator(picture.ready).first.wait_for()
        picture.then(page)
        page.wait_for_load_state("networkidle")
        kind = "phone" if size == NARROW else "wide"
        file = PICTURES / f"{picture.name}-{kind}-{scheme}.jpg"
        page.screenshot(path=file, full_page=picture.whole, type="jpeg", quality=82)
        print(f"{file.relative_to(setup.ROOT)}: {file.stat().st_size // 1000} kB", flush=True)


def _views(browser: Browser, url: str) -> list[str]:
    """Ids of the experiment's views, from its tabs."""
    with browser.new_page() as page:
        page.goto(url)
        page.locator("[role=tab]").first.wait_for(timeout=PATIENCE)
        ids: list[str] = page.locator("[role=tab]").evaluate_all("tabs => tabs.map(tab => tab.dataset.testid.slice(4))")
        return ids


def _convolutions(page: Page) -> None:
    """Loads the convolution preset into the form."""
    page.get_by_test_id("presets").click()
    page.get_by_test_id("presets:search").fill("Conv2D")
    page.get_by_role("listbox").get_by_role("option").first.click()
    open_card(page, "network")
    page.get_by_role("button", name="Remove conv", exact=True).wait_for()


def take_visual() -> None:
    """Takes those that the visual test compares."""
    with tempfile.TemporaryDirectory() as directory, _browser() as browser:
        service = Service(Path(directory), {"LAB_CONCURRENCY": "1"})
        try:
            with service.client() as client:
                experiment = visual.train(client)
            visual.take_all(browser, service.url, experiment)
        finally:
            service.stop()


def main() -> None:
    """Takes all of them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, _browser() as browser:
        service = Service(Path(directory))
        try:
            with service.client() as client:
                study = _trained(client, "study")
                sweep = _trained(client, "sweep")
                pictures = [
                    Picture("lab", "/", "[data-marks]", whole=False),
                    Picture("network", "/", "[data-marks]", then=_convolutions),
                    *(
                        Picture(f"study-{view}", f"/experiments/{study}?view={view}", "[role=tabpanel]:visible")
                        for view in _views(browser, f"{service.url}/experiments/{study}")
                    ),
                    Picture("sweep", f"/experiments/{sweep}", "[data-testid=sweep]"),
                ]
                for picture in pictures:
                    for size in (WIDE, NARROW):
                        for scheme in ("light", "dark"):
                            _take(browser, service.url, picture, scheme, size)
        finally:
            service.stop()


if __name__ == "__main__":
    take_visual() if "--visual" in sys.argv else main()
