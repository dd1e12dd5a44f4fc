"""Hostile arrays and pictures: each is refused soon, in a sentence, without a 500 or much memory, and not kept."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

import httpx
import numpy as np
import pytest

from tests.core.catalog.datasets.own_arrays import folders, npz, zipped
from tests.core.catalog.datasets.test_array_file import BOMBS, REFUSED, Make, npy, with_header
from tests.faults.report import Tell
from tests.hostile.test_hostile import within_bounds
from tests.service import Service


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab without workers, which has taken arrays and pictures before."""
    running = Service(tmp_path_factory.mktemp("lab"), {"LAB_UPLOAD_RATE": "1000"}, workers=0)
    with running.client() as client:
        for content in (npz(x=np.eye(2), y=[0, 1]), folders()):
            id = client.post("/api/datasets/files", content=content).raise_for_status().json()["id"]
            client.delete(f"/api/datasets/files/{id}").raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def client(lab: Service) -> Iterator[httpx.Client]:
    with lab.client() as opened:
        yield opened


def entries(count: int, name: str, content: bytes = b"") -> bytes:
    """A zip file of so many files that are called alike."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(name.format(number)), content)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def png(*more: bytes, width: int = 8, height: int = 6) -> bytes:
    """A PNG of grey pixels, with more chunks ahead of them."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress(bytes(min((width + 1) * height, 1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def with_picture(content: bytes) -> bytes:
    return folders(**{"animals/dog/x.png": content})


HOSTILE: Final[dict[str, Make]] = {
    **{name: make for name, (make, _) in {**BOMBS, **REFUSED}.items()},
    "40,000 empty arrays": lambda: entries(40_000, "{}.npy"),
    "20,000 empty pictures": lambda: entries(20_000, "a/{}.png"),
    "1,000,000 axes": lambda: zipped({"x.npy": with_header(f"({'1,' * 4000})", data=bytes(8)), "y.npy": npy([0])}),
    "a dtype of many fields": lambda: zipped(
        {"x.npy": with_header("(1,)", str([(f"f{n}", "<f8") for n in range(500)]), bytes(4000)), "y.npy": npy([0])}
    ),
    "a dtype of 2 GB": lambda: zipped({"x.npy": with_header("(1,)", "'|V2000000000'"), "y.npy": npy([0])}),
    "a picture of 2³¹ × 1 pixels": lambda: with_picture(png(width=2**31 - 1, height=1)[:100]),
    "a text of 500 MB in a picture": lambda: with_picture(
        png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(500_000_000))))
    ),
    "a colour profile of 500 MB in a picture": lambda: with_picture(
        png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(500_000_000))))[:-30]
    ),
    "100,000 chunks in a picture": lambda: with_picture(png(chunk(b"tEXt", b"a\0b") * 100_000)[:-30]),
    "a picture of zeros that unpacks to 200 MB": lambda: with_picture(bytes(200_000_000)),
    "a zip file in a zip file in a zip file": lambda: zipped({"a.zip": zipped({"a.zip": zipped({"a.txt": b""})})}),
    "gzip of 500 MB": lambda: b"\x1f\x8b" + zlib.compress(bytes(500_000_000), wbits=31)[2:],
}


@pytest.mark.fault(14, "hostile arrays and pictures")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arrays_are_refused_and_not_kept(lab: Service, client: httpx.Client, tell: Tell, name: str) -> None:
    body = HOSTILE[name]()
    answer = within_bounds(lab, tell, lambda: client.post("/api/datasets/files", content=body))
    assert answer.status_code in {413, 422}, answer.text
    assert len(answer.json()["detail"]) > 10
    assert answer.json()["detail"].isprintable()
    assert not list((lab.data / "datasets" / "uploads").iterdir())
