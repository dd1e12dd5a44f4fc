"""The file of a back-up: each changed byte is found, and what no lab has made is refused with nothing written."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.backup.archive import FORMAT, PLACEHOLDER, Archive, Manifest
from app.backup.refused import Refused
from app.tables import SCHEMA
from tests.app.backup.conftest import SmallLab, done, files_of, lab, refused

Saved = tuple[SmallLab, Path]


def problems(content: bytes) -> list[str]:
    """Problems of a back-up; the sentence where it is refused."""
    try:
        return Archive(io.BytesIO(content), "it").problems()
    except Refused as sentence:
        return [str(sentence)]


def test_it_is_a_zip_that_any_program_reads(saved: Saved) -> None:
    made, file = saved
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        content = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    assert (manifest["format"], manifest["tables"], manifest["database"]) == (FORMAT, SCHEMA, "sqlite")
    assert (manifest["experiments"], manifest["unfinished"]) == (2, [made.running])
    assert {part["name"] for part in manifest["parts"]} == content.keys() - {"manifest.json"}
    for part in manifest["parts"]:
        assert len(content[part["name"]]) == part["bytes"]
        assert hashlib.sha256(content[part["name"]]).hexdigest() == part["sha256"]
    names = {name.removeprefix("data/") for name in content if name.startswith("data/")}
    assert {"access.json", "token", "keras.json", "datasets/mnist.npz"} < names
    assert {name for name in files_of(made.data) if name.startswith("datasets/uploads/")} < names
    assert not any(name.startswith(("xla", "logs", "run", "redis", "lab.sqlite3", "datasets/.")) for name in names)
    whole = file.read_bytes()
    assert whole[-64:] == hashlib.sha256(whole[:-64]).hexdigest().encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_each_part_with_one_changed_byte_is_named(saved: Saved, tmp_path: Path) -> None:
    _, file = saved
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    changed = tmp_path / "changed.zip"
    for entry in entries:
        if entry.file_size == 0:
            continue
        at = whole.index(entry.filename.encode(), entry.header_offset) + len(entry.filename)
        at = at + int.from_bytes(whole[entry.header_offset + 28 : entry.header_offset + 30], "little")
        at += entry.file_size // 2
        content = bytearray(whole)
        content[at] ^= 1
        said = problems(bytes(content))
        assert len(said) == 1
        assert entry.filename in said[0] or (entry.filename == "manifest.json" and "list of files" in said[0]), said
    changed.write_bytes(content)
    assert lab(tmp_path / "none", "verify", str(changed)).returncode == 1
    refused(tmp_path / "none", "restore", str(changed))
    assert not (tmp_path / "none").exists()


def test_a_changed_byte_anywhere_is_found(saved: Saved) -> None:
    whole = saved[1].read_bytes()
    assert problems(whole) == []
    ends = [*range(200), *range(len(whole) - 3000, len(whole), 7), *range(len(whole) - 200, len(whole))]
    for at in [*ends, *range(0, len(whole), len(whole) // 150)]:
        content = bytearray(whole)
        content[at] ^= 0x10
        assert problems(bytes(content)), f"byte {at} of {len(whole)}"


def test_one_that_is_cut_off_or_longer_is_refused(saved: Saved) -> None:
    whole = saved[1].read_bytes()
    for length in (0, 1, 63, 64, 86, 1000, len(whole) // 2, len(whole) - 64, len(whole) - 1):
        assert problems(whole[:length]), length
    assert problems(whole + b"\n")
    assert problems(b"\n" + whole)


def test_what_is_no_back_up_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("store.sqlite3", b"")
    for content in (other.read_bytes(), b"", b"PK", bytes(10_000)):
        (tmp_path / "file").write_bytes(content)
        assert "is no back-up of a lab" in refused(tmp_path / "none", "restore", str(tmp_path / "file"))
    assert "There is no file" in refused(tmp_path / "none", "restore", str(tmp_path / "missing.zip"))
    assert not (tmp_path / "none").exists()


# Hostile ones

Entries = list[tuple[zipfile.ZipInfo, bytes]]
Change = Callable[[Entries, dict[str, Any]], None]


def crafted(saved: Saved, change: Change, *, relist: bool = True) -> bytes:
    """A back-up with a right seal whose entries or manifest were changed; `relist`: the manifest lists the entries."""
    with zipfile.ZipFile(saved[1]) as archive:
        entries = [(zipfile.ZipInfo(each.filename), archive.read(each)) for each in archive.infolist()]
    manifest = json.loads(entries.pop()[1])
    change(entries, manifest)
    if relist:
        manifest["parts"] = [
            {"name": e.filename, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest(), "modified_ns": 1}
            for e, c in entries
        ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for entry, content in [*entries, (zipfile.ZipInfo("manifest.json"), json.dumps(manifest).encode())]:
            archive.writestr(entry, content)
        archive.comment = PLACEHOLDER
    made = out.getvalue()[:-64]
    return made + hashlib.sha256(made).hexdigest().encode()


def added(name: str, **fields: int) -> Change:
    def change(entries: Entries, _: dict[str, Any]) -> None:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename = name
        for field, value in fields.items():
            setattr(entry, field, value)
        entries.append((entry, bytes(100_000)))

    return change


def set_to(**values: Any) -> Change:
    return lambda _, manifest: manifest.update(values)


def without_store(entries: Entries, _: dict[str, Any]) -> None:
    entries[:] = [(entry, content) for entry, content in entries if entry.filename != "store.sqlite3"]


HOSTILE: dict[str, tuple[Change, str]] = {
    name: (added(name), "leads elsewhere, or is no file that a lab keeps")
    for name in (
        "../evil",
        "data/../evil",
        "data/datasets/../../../evil",
        "/tmp/evil",
        "data//tmp/evil",
        "data/./evil",
        "data/",
        "data/evil/",
        "data/..\\evil",
        "data/C:\\evil",
        "evil",
        "data/xla/program",
        "data/redis/valkey.conf",
        "data/run/lab.lock",
        "data/lab.sqlite3",
        "data/lab.sqlite3-wal",
        "data/.restore/x",
        "data/datasets/a\x1b[2Jb",
        f"data/{'long' * 80}",
    )
} | {
    "a link": (added("data/datasets/link", external_attr=0o120777 << 16), "is no plain file"),
    "a device": (added("data/datasets/null", external_attr=0o020666 << 16), "is no plain file"),
    "a bomb": (added("data/datasets/bomb", compress_type=zipfile.ZIP_DEFLATED), "is compressed or encrypted"),
    "a newer format": (set_to(format=FORMAT + 1), f"is of format {FORMAT + 1}, newer"),
    "newer tables": (set_to(tables=SCHEMA + 1), f"has tables of version {SCHEMA + 1}, newer"),
    "no tables": (set_to(tables="many"), "its manifest can't be read"),
    "no store": (without_store, "it has no store"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_one_is_refused_and_nothing_written(saved: Saved, tmp_path: Path, kind: str) -> None:
    change, expected = HOSTILE[kind]
    content = crafted(saved, change)
    if "newer tables" in kind:
        assert problems(content) == []
        (tmp_path / "x.zip").write_bytes(content)
        assert expected in refused(tmp_path / "none", "restore", str(tmp_path / "x.zip"))
        assert not (tmp_path / "none").exists()
        return
    (said,) = problems(content)
    assert expected in said
    assert "\x1b" not in said


def test_hostile_ones_are_refused_by_the_commands(saved: Saved, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    for kind in ("data/../evil", "a link", "a bomb"):
        file.write_bytes(crafted(saved, HOSTILE[kind][0]))
        for verb in ("restore", "verify"):
            assert HOSTILE[kind][1] in refused(tmp_path / "none" / "data", verb, str(file))
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_a_manifest_that_is_not_of_the_parts_is_refused(saved: Saved) -> None:
    def unlisted(entries: Entries, manifest: dict[str, Any]) -> None:
        manifest["parts"].pop()

    def larger(entries: Entries, manifest: dict[str, Any]) -> None:
        manifest["parts"][0]["bytes"] += 1

    def doubled(entries: Entries, manifest: dict[str, Any]) -> None:
        manifest["parts"].append(manifest["parts"][0])

    for change, expected in ((unlisted, "differ by"), (larger, "another size"), (doubled, "twice")):
        (said,) = problems(crafted(saved, change, relist=False))
        assert expected in said


def test_parts_that_share_their_bytes_are_refused(saved: Saved) -> None:
    """As in a bomb whose directory names the same bytes many times."""
    with zipfile.ZipFile(saved[1]) as archive:
        manifest = Manifest.model_validate_json(archive.read("manifest.json")).model_dump()
        store = archive.read("store.sqlite3")
    names, shared = [f"data/datasets/{number}" for number in range(5)], bytes(1_000_000)
    manifest["parts"] = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "modified_ns": 1}
        for name, content in [("store.sqlite3", store), *((name, shared) for name in names)]
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("store.sqlite3", store)
        archive.writestr(names[0], shared)
        first = archive.infolist()[-1]
        for name in names[1:]:
            entry = zipfile.ZipInfo(name)
            for field in ("header_offset", "file_size", "compress_size", "CRC", "external_attr"):
                setattr(entry, field, getattr(first, field))
            archive.filelist.append(entry)
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.comment = PLACEHOLDER
    made = out.getvalue()[:-64]
    (said,) = problems(made + hashlib.sha256(made).hexdigest().encode())
    assert "more bytes than it has" in said


def test_a_good_one_can_be_crafted_too(saved: Saved, tmp_path: Path) -> None:
    """So that the tests above see what they are about."""
    (tmp_path / "x.zip").write_bytes(crafted(saved, lambda entries, manifest: None))
    done(tmp_path / "none", "verify", str(tmp_path / "x.zip"))
