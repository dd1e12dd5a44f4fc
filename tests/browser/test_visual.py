"""The main views look as in the pictures kept: `python -m tests.pictures --visual` takes these anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests import visual
from tests.service import Service

MOST = 0.01
"""Share of the pixels that may differ."""


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose history has one experiment alone."""
    running = Service(tmp_path_factory.mktemp("visual"), {"LAB_CONCURRENCY": "1"})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def experiment(own_service: Service) -> str:
    with own_service.client() as client:
        return visual.train(client)


@pytest.mark.training
@pytest.mark.parametrize("shot", list(visual.shots()), ids=lambda shot: shot.file.stem)
def test_a_view_looks_as_it_did(browser: Browser, own_service: Service, experiment: str, shot: visual.Shot) -> None:
    now, width = visual.take(browser, own_service.url, experiment, shot)
    if width != visual.FONT.read_text().strip():
        pytest.skip("The pictures were taken with another font than this machine's")
    share = visual.difference(now, Image.open(shot.file).convert("RGB"))
    assert share < MOST, f"{share:.1%} of {shot.file.name} differ. If that is meant, take the pictures anew"


def test_pictures_are_small() -> None:
    assert sum(file.stat().st_size for file in visual.PICTURES.iterdir()) < 2_000_000


def test_a_shifted_picture_differs() -> None:
    picture = Image.open(visual.PICTURES / "curves-1280-light.jpg").convert("RGB")
    moved = Image.new("RGB", picture.size, "white")
    moved.paste(picture, (0, 8))
    assert visual.difference(picture, picture) == 0
    assert visual.difference(picture, moved) > MOST
