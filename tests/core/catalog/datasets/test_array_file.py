"""Files of arrays and pictures that are refused, with what to do, and in little memory."""

from __future__ import annotations

import io
import pickle
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.catalog.datasets import Arrays
from core.catalog.datasets.uploads import remove_file
from core.catalog.datasets.zip_directory import MAX_FILES
from core.settings import settings
from tests.core.catalog.datasets.own_arrays import Keep, folders, npz, picture, refused, zipped

Make = Callable[[], bytes]


def with_header(shape: str, descr: str = "'<f8'", data: bytes = b"") -> bytes:
    """A .npy file with this header."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def npy(array: Any, **more: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **more)
    return file.getvalue()


Y = npy([0, 1])
NAN, INFINITE = np.zeros((5, 2, 2)), np.zeros((5, 2))
NAN[3, 1, 0], INFINITE[4, 1] = np.nan, -np.inf


def pickled() -> bytes:
    return pickle.dumps(np.array([[1, "a"]] * 2, object))


def lzma_zip() -> bytes:
    return zipped({"x.npy": npy(np.eye(2)), "y.npy": Y}, zipfile.ZIP_LZMA)


def encrypted() -> bytes:
    """An .npz file whose directory says that it is encrypted."""
    content = bytearray(npz(x=np.eye(2), y=[0, 1]))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 1)
    return bytes(content)


def damaged() -> bytes:
    """An .npz file of which a byte of x has changed."""
    file = io.BytesIO()
    np.savez(file, x=np.eye(99), y=np.arange(99))
    content = bytearray(file.getvalue())
    content[content.rfind(np.float64(1).tobytes()) + 6] ^= 1
    return bytes(content)


REFUSED: dict[str, tuple[Make, str]] = {
    "a lone array": (lambda: npy(np.eye(2)), 'np.savez("data.npz", x=x, y=y)'),
    "other names": (lambda: npz(a=[1], b=[2]), "its arrays are called a, b"),
    "no target": (lambda: npz(x=np.eye(2)), "its arrays are called x"),
    "a training set without a target": (lambda: npz(x_train=[1], x_test=[1]), "x and y, or x_train and y_train"),
    "a test set without a target": (lambda: npz(x_train=[1], y_train=[1], x_test=[1]), "x_test without y_test"),
    "a sparse matrix": (lambda: npz(data=[1], indices=[0], indptr=[0, 1], shape=[1, 1]), "toarray()"),
    "objects": (lambda: npz(x=np.array([[1, "a"]] * 2, object), y=[0, 1]), "holds Python objects"),
    "objects in y": (lambda: npz(x=np.eye(2), y=np.array(["a", None])), "The array y holds Python objects"),
    "a pickle": (lambda: zipped({"x.npy": pickled(), "y.npy": Y}), "The array x can't be read"),
    "objects beside": (lambda: zipped({"x.npy": with_header("(2,)", "'|O'", pickled()), "y.npy": Y}), "Python objects"),
    "a structured array": (lambda: npz(x=np.zeros(2, [("a", "f8")]), y=[0, 1]), "values of type"),
    "complex numbers": (lambda: npz(x=np.eye(2) * 1j, y=[0, 1]), "values of type complex128"),
    "text as features": (lambda: npz(x=np.array([["a"], ["b"]]), y=[0, 1]), "x holds text"),
    "a header that says more": (lambda: zipped({"x.npy": with_header("(9, 9)", data=bytes(64)), "y.npy": Y}), "(9, 9)"),
    "a header that says less": (lambda: zipped({"x.npy": with_header("(2, 1)", data=bytes(64)), "y.npy": Y}), "(2, 1)"),
    "a huge shape": (lambda: zipped({"x.npy": with_header("(10**9, 10**9)"), "y.npy": Y}), "can't be read"),
    "a huge number of rows": (
        lambda: zipped({"x.npy": with_header("(1000000000000, 4)"), "y.npy": Y}),
        "the file holds more or less",
    ),
    "a negative shape": (lambda: zipped({"x.npy": with_header("(-1, 4)"), "y.npy": Y}), "(-1, 4)"),
    "a shape of text": (lambda: zipped({"x.npy": with_header("('a', 4)"), "y.npy": Y}), "can't be read"),
    "a header of calls": (lambda: zipped({"x.npy": with_header("__import__('os')"), "y.npy": Y}), "can't be read"),
    "a deep header": (lambda: zipped({"x.npy": with_header("(" * 9000), "y.npy": Y}), "can't be read"),
    "a long header": (lambda: zipped({"x.npy": with_header("(2,)" + " " * 60_000), "y.npy": Y}), "can't be read"),
    "an unknown version": (lambda: zipped({"x.npy": b"\x93NUMPY\x09\x00\x00\x00", "y.npy": Y}), "can't be read"),
    "an empty array": (lambda: zipped({"x.npy": b"", "y.npy": Y}), "can't be read"),
    "no rows": (lambda: npz(x=np.zeros((0, 2)), y=[]), "it needs rows"),
    "no values": (lambda: npz(x=np.zeros((2, 0)), y=[0, 1]), "it needs rows"),
    "one number": (lambda: npz(x=1, y=1), "it needs rows"),
    "too many axes": (lambda: npz(x=np.zeros((2, 1, 1, 1, 1, 1)), y=[0, 1]), "at most 5 axes"),
    "NaN": (lambda: npz(x=NAN, y=np.arange(5)), "x[3, 1, 0] is NaN, which is no value: fill in a value"),
    "infinity": (lambda: npz(x=INFINITE, y=np.arange(5)), "x[4, 1] is infinite"),
    "NaN in y": (lambda: npz(x=np.eye(2), y=[0, np.nan]), "y[1] is NaN"),
    "too large for float32": (lambda: npz(x=[[1.0], [1e300]], y=[0, 1]), "x[1, 0] is too large for float32"),
    "an empty class": (lambda: npz(x=np.eye(2), y=["a", ""]), "y[1] is empty"),
    "wrong lengths": (lambda: npz(x=np.eye(3), y=[0, 1]), "x has 3 rows and y has 2 rows"),
    "one-hot targets": (lambda: npz(x=np.eye(3), y=np.eye(3)), "save y.argmax(axis=1)"),
    "sets of two shapes": (
        lambda: npz(x_train=np.eye(2), y_train=[0, 1], x_test=np.eye(3), y_test=[0, 1, 0]),
        "give them one shape",
    ),
    "numbers and text": (
        lambda: npz(x_train=np.eye(2), y_train=[0, 1], x_test=np.eye(2), y_test=["a", "b"]),
        "hold numbers and text",
    ),
    "groups of another length": (
        lambda: npz(x=np.eye(3), y=[0, 1, 0], groups=[1]),
        "give each of the 3 rows one group",
    ),
    "too many classes": (
        lambda: npz(x=np.eye(101), y=np.array([f"c{number}" for number in range(101)])),
        "101 different texts",
    ),
    "a large example": (lambda: npz(x=np.zeros((1, 1025, 1024), "uint8"), y=[0]), "One example has 1,049,600 values"),
    "an unusual compression": (lzma_zip, "compress it with deflate"),
    "an encrypted file": (encrypted, "is encrypted: save it without a password"),
    "a changed byte": (damaged, "The array x is damaged"),
    "a damaged zip file": (lambda: b"PK\x03\x04" + bytes(100), "is damaged, or not all of it is there"),
    "no folders": (lambda: zipped({"1.png": picture(0), "2.png": picture(0)}), "1.png is in no folder"),
    "one folder": (lambda: zipped({"a/1.png": picture(0), "a/2.png": picture(0)}), "make a folder for each class"),
    "a picture that is none": (lambda: folders(**{"animals/dog/x.png": b"no picture"}), "animals/dog/x.png is no PNG"),
    "half a picture": (
        lambda: folders(**{"animals/dog/x.jpg": picture(9, (99, 99), "JPEG")[:-200]}),
        "animals/dog/x.jpg can't be read as a picture",
    ),
    "a GIF in disguise": (
        lambda: folders(**{"animals/dog/x.png": picture(0, format="GIF", mode="P")}),
        "x.png is no PNG",
    ),
    "16 bits a pixel": (
        lambda: folders(**{"animals/dog/x.png": picture(9, mode="I;16")}),
        "x.png has more than 8 bits a pixel",
    ),
    "a name that leads out": (lambda: folders(**{"../../animals/x.png": picture(0)}), "leads out of the zip file"),
    "a picture of too many pixels": (
        lambda: folders(**{"animals/dog/x.png": picture(0, (6000, 5000), mode="1")}),
        "x.png has 6,000 × 5,000 pixels",
    ),
    "a bomb of a picture": (
        lambda: folders(**{"animals/dog/x.png": picture(0, (14000, 14000), mode="1")}),
        "x.png has more than 25,000,000 pixels",
    ),
    "neither arrays nor pictures": (lambda: zipped({"a.txt": b"", "b.txt": b""}), "a zip of folders of pictures"),
    "a MATLAB file": (lambda: b"MATLAB 5.0 MAT-file" + bytes(200), "This is a MATLAB file"),
}
ROWS = {"NaN": 3, "infinity": 4, "NaN in y": 1, "too large for float32": 1, "an empty class": 1}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused(keep: Keep, name: str) -> None:
    make, words = REFUSED[name]
    problem = refused(keep, make())
    assert words in problem.message
    assert problem.location == (("row", ROWS[name]) if name in ROWS else ())


def zeros(name: str, shape: tuple[int, ...]) -> dict[str, bytes]:
    return {name: npy(np.zeros(shape, "uint8"))}


def many_entries() -> bytes:
    """A zip file of more entries than are looked at, of which none has content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(zipfile.ZipInfo(f"a/{number}.png"), b"")
    return file.getvalue()


BOMBS: dict[str, tuple[Make, str]] = {
    "zeros": (lambda: zipped({**zeros("x.npy", (150, 1000, 1000)), "y.npy": npy(np.arange(150))}), "are equal"),
    "many entries": (many_entries, "more than 70,000 files"),
    "a large shape": (
        lambda: zipped({"x.npy": with_header("(600000, 1000)", "'<f4'", bytes(8)), "y.npy": npy(np.arange(600_000))}),
        "the file holds more or less",
    ),
    "a picture": (lambda: folders(**{"animals/dog/x.png": picture(0, (15000, 15000), mode="1")}), "25,000,000 pixels"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once_in_little_memory(keep: Keep, name: str) -> None:
    make, words = BOMBS[name]
    content = make()
    tracemalloc.start()
    begun = time.process_time()
    try:
        assert words in refused(keep, content).message
        assert time.process_time() - begun < 5  # tracing makes it several times as slow
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_sizes_have_a_limit(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    id = keep(folders())
    monkeypatch.setenv("LAB_ARRAY_LIMIT", "2000")
    settings.cache_clear()
    (problem,) = Arrays(file=id, size=[100, 100]).problems()
    assert problem.location == ("dataset", "size")
    assert "5 rows of 30,000 values take 600,000 bytes as float32, and at most 2,000 are allowed" in problem.message
    remove_file(id)
    assert "take 3,600 bytes" in refused(keep, npz(x=np.eye(30), y=np.arange(30))).message
    assert "Unpacked, this has" in refused(keep, folders(**{"animals/cat/note.txt": bytes(3000)})).message
