"""Pictures of the main views, as the visual test compares them: small, without dates, of one small experiment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser

from app.presets import TUTORIAL
from tests.service import PATIENCE, ROOT

PICTURES: Final = ROOT / "tests" / "browser" / "pictures"
FONT: Final = PICTURES / "font.txt"
"""How wide the page's font writes, which tells it from others."""

SIZES: Final = ((390, 844), (1280, 800), (1920, 1080))
SHRUNK: Final = 2
"""Pixels of the screen for one of the picture, along each side."""

NEAR: Final = 48
"""Difference of a channel, of 255, up to which two pixels count as equal: JPEG's own is less."""

TEXT_WIDTH: Final = """() => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `100px ${getComputedStyle(document.body).fontFamily}`;
  return context.measureText("Constraint Lab: 0123456789, unit norm").width.toFixed(1);
}"""

VIEWS: Final = {
    "lab": ("/", "[aria-label='Data set'] [data-marks]"),
    "curves": ("/experiments/{id}", "[data-testid='panel:max norm 1'] [data-sketch]"),
    "boundary": ("/experiments/{id}?view=boundary", "[data-testid='boundary:max norm 1'] canvas[data-epoch='60']"),
    "history": ("/experiments", "[data-testid=experiments] li"),
    "learn": ("/learn", "[data-testid=lessons] li"),
}
"""Address of each view, and what is there once it is drawn."""

DATED: Final = ("[data-testid=progress]:visible", "[data-testid=experiments] .hint", "[data-testid=estimate]")
"""Parts that tell a time, which are covered."""


@dataclass(frozen=True)
class Shot:
    view: str
    width: int
    height: int
    scheme: Literal["light", "dark"]

    @property
    def file(self) -> Path:
        return PICTURES / f"{self.view}-{self.width}-{self.scheme}.jpg"


def shots() -> Iterator[Shot]:
    for view in VIEWS:
        for width, height in SIZES:
            yield Shot(view, width, height, "light")
            yield Shot(view, width, height, "dark")


def train(client: httpx.Client) -> str:
    """Trains the tutorial for few epochs; returns the experiment's id."""
    body: dict[str, Any] = TUTORIAL.experiment.model_dump(mode="json")
    body["training"]["epochs"] = 60
    id = str(client.post("/api/experiments", json=body).raise_for_status().json()["id"])
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    return id


def take(browser: Browser, url: str, experiment: str, shot: Shot) -> tuple[Image.Image, str]:
    """The view as it is now, and how wide its font writes."""
    address, ready = VIEWS[shot.view]
    with browser.new_context(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(url + address.format(id=experiment))
        page.locator(ready).first.wait_for()
        page.wait_for_load_state("networkidle")
        covered = [page.locator(part) for part in DATED]
        png = page.screenshot(animations="disabled", caret="hide", mask=covered, mask_color="#888888")
        width = str(page.evaluate(TEXT_WIDTH))
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    return whole.resize((whole.width // SHRUNK, whole.height // SHRUNK), Image.Resampling.BOX), width


def difference(one: Image.Image, other: Image.Image) -> float:
    """Share of the pixels that differ; 1 where the sizes do."""
    if one.size != other.size:
        return 1.0
    far = np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int)).max(axis=2) > NEAR
    return float(far.mean())


def take_all(browser: Browser, url: str, experiment: str) -> None:
    """Takes the pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    for shot in shots():
        picture, width = take(browser, url, experiment, shot)
        picture.save(shot.file, quality=80, optimize=True)
        FONT.write_text(f"{width}\n")
        print(f"{shot.file.relative_to(ROOT)}: {shot.file.stat().st_size // 1000} kB", flush=True)
