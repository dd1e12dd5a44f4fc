"""The file of a back-up: an uncompressed zip of parts with a manifest, sealed by the SHA-256 of all bytes before it.

    store.sqlite3    the store, whichever database it came from
    data/…           files of LAB_DATA
    manifest.json    `Manifest`: sizes and hashes of the parts
    (zip comment)    the seal, in hexadecimal

Nothing is compressed, so nothing that is read is larger than the file itself. The file as a whole may be compressed.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.backup.lab_files import BLOCK, copied, is_kept
from app.backup.refused import Refused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
STORE: Final = "store.sqlite3"
DATA: Final = "data/"
MAX_DIRECTORY: Final = 100_000_000
"""Bytes of a zip's directory, at most: some 600,000 parts."""
MAX_MANIFEST: Final = 200_000_000

SEAL: Final = 64
"""Bytes of the seal, which ends the file."""
PLACEHOLDER: Final = b"0" * SEAL
_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = 20
_READING: Final = (
    zipfile.BadZipFile, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""Errors that reading a damaged zip ends with."""


class Part(BaseModel):
    """A file in a back-up."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(max_length=4096)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    modified_ns: int = Field(ge=0, lt=1 << 63)
    """When it was changed last, in nanoseconds since 1970."""


class Manifest(BaseModel):
    """Description of a back-up: the lab that it is of, and its parts."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    lab: str
    """Id of the lab's store."""
    version: str
    """Version of the program that made it."""
    tables: int
    """Version of the store's tables."""
    database: str
    """Kind of database that the store was in."""
    made: str = Field(pattern=r"^[0-9TZ:.-]*$", max_length=40)
    """UTC."""
    experiments: int
    unfinished: list[str]
    """Ids of the experiments that had not ended."""
    parts: list[Part]


class _Sealed:
    """An output that can't be sought, so that pipes do, whose last bytes are replaced by the seal."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self._held = b""
        self._is_abandoned = False

    def write(self, data: Any) -> int:
        if self._is_abandoned:
            return len(data)
        given = self._held + bytes(data)
        self._emit(given[:-SEAL])
        self._held = given[-SEAL:]
        return len(data)

    def flush(self) -> None:
        """Nothing is kept but what `seal` replaces."""

    def close(self) -> None:
        """The output is its owner's."""

    def abandon(self) -> None:
        """Writes no more: a zip that wasn't closed writes its directory when it is collected."""
        self._is_abandoned = True

    def seal(self) -> None:
        """Ends the output."""
        assert self._held == PLACEHOLDER  # noqa: S101 - what a zip ends with is its comment
        self._write(self._digest.hexdigest().encode())

    def _emit(self, data: bytes) -> None:
        self._digest.update(data)
        self._write(data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._out.write(view) :]


class ArchiveWriter:
    """Writes a back-up to an unbuffered output, part by part. A context manager, for the failure of it."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = _Sealed(out)
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_STORED)
        self.parts: list[Part] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._out.abandon()

    def add(self, name: str, source: IO[bytes], modified_ns: int) -> Part:
        """Adds a part with the content of a file."""
        with self._zip.open(_entry(name), "w", force_zip64=True) as target:
            size, digest = copied(source, target)
        part = Part(name=name, bytes=size, sha256=digest, modified_ns=modified_ns)
        self.parts.append(part)
        return part

    def finish(self, manifest: Manifest) -> None:
        """Adds the manifest, and seals the file."""
        with self._zip.open(_entry(MANIFEST), "w", force_zip64=True) as target:
            target.write(manifest.model_dump_json(indent=1).encode())
        self._zip.comment = PLACEHOLDER
        self._zip.close()
        self._out.seal()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.external_attr = (stat.S_IFREG | 0o600) << 16
    return entry


def is_backup(path: Path) -> bool:
    """Whether a file ends as back-ups do."""
    with path.open("rb") as file:
        return _directory_size(file) is not None


class Archive:
    """A back-up that is read. Its structure has been checked, its content has not: see `problems`."""

    def __init__(self, file: IO[bytes], called: str) -> None:
        """Args: `called` names the file in sentences.

        Raises:
            Refused: it is no back-up, of a newer format, or holds what no back-up holds.
        """
        self._file, self._called = file, called
        directory = _directory_size(file)
        if directory is None:
            raise Refused(f"{called} is no back-up of a lab, or its end is missing.")
        if directory > MAX_DIRECTORY:
            raise Refused(f"{called} lists more files than a back-up may have.")
        try:
            self._zip = zipfile.ZipFile(file)
            self.manifest = self._read_manifest()
        except _READING as error:
            raise Refused(f"{called} is damaged: its list of files can't be read ({error}).") from None
        self._check(self._zip.infolist())
        self.names = {part.name.removeprefix(DATA) for part in self.manifest.parts if part.name.startswith(DATA)}
        """Names of the files of LAB_DATA."""
        self._parts = {part.name: part for part in self.manifest.parts}

    def problems(self) -> list[str]:
        """Changes since it was made, a sentence each."""
        found = [
            f"{self._called}: {part.name} was changed." for part in self.manifest.parts if not self._is_whole(part)
        ]
        if not found and not self._is_sealed():
            found.append(f"{self._called}: bytes beside its parts were changed.")
        return found

    def open(self, name: str) -> IO[bytes]:
        """A file of LAB_DATA."""
        return self._zip.open(DATA + name)

    def sha256(self, name: str) -> str:
        """SHA-256 of a file of LAB_DATA, as the manifest has it."""
        return self._parts[DATA + name].sha256

    def extract(self, name: str, target: Path) -> None:
        """Writes a part to a new file, which only its owner can read, to the disk.

        Raises:
            Refused: it is not what the manifest says.
        """
        part = self._parts[name]
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                with self._zip.open(name) as source:
                    is_whole = copied(source, file) == (part.bytes, part.sha256)
            except _READING:
                is_whole = False
            if not is_whole:
                raise Refused(f"{self._called}: {name} was changed.")
            file.flush()
            os.fsync(file.fileno())
        os.utime(target, ns=(part.modified_ns, part.modified_ns))

    def _read_manifest(self) -> Manifest:
        if self._zip.getinfo(MANIFEST).file_size > MAX_MANIFEST:
            raise Refused(f"{self._called} has a manifest of more than {MAX_MANIFEST:,} bytes, which no back-up has.")
        written = orjson.loads(self._zip.read(MANIFEST))
        found = written.get("format") if isinstance(written, dict) else None
        if isinstance(found, int) and found > FORMAT:
            raise Refused(f"{self._called} is of format {found}, newer than this program's {FORMAT}: update the lab.")
        try:
            return Manifest.model_validate(written)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise Refused(f"{self._called} is damaged: its manifest can't be read ({where}).") from None

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        """Refuses whatever no back-up holds."""
        wrong = self._wrong(entries)
        if wrong is not None:
            raise Refused(f"{self._called} was not made by a lab, and nothing of it is used: {wrong}.")

    def _wrong(self, entries: list[zipfile.ZipInfo]) -> str | None:
        listed = {part.name: part.bytes for part in self.manifest.parts}
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names) or len(listed) < len(self.manifest.parts):
            return "a name stands in it twice"
        if set(names) != {*listed, MANIFEST}:
            return f"its manifest and its files differ by {_shown(set(names) ^ {*listed, MANIFEST})}"
        if STORE not in listed:
            return "it has no store"
        for entry in entries:
            if entry.filename != MANIFEST and entry.filename != STORE and not _is_safe(entry.filename):
                return f"{_shown([entry.filename])} leads elsewhere, or is no file that a lab keeps"
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
                return f"{_shown([entry.filename])} is no plain file"
            if entry.flag_bits & 1 or entry.compress_type != zipfile.ZIP_STORED:
                return f"{_shown([entry.filename])} is compressed or encrypted"
            expected = listed.get(entry.filename, entry.file_size)
            if not entry.compress_size == entry.file_size == expected:
                return f"{_shown([entry.filename])} has another size than its manifest says"
        if sum(entry.file_size for entry in entries) > self._file.seek(0, os.SEEK_END):
            return "its files take more bytes than it has"
        return None

    def _is_whole(self, part: Part) -> bool:
        try:
            with self._zip.open(part.name) as source:
                return copied(source) == (part.bytes, part.sha256)
        except _READING:
            return False

    def _is_sealed(self) -> bool:
        left = self._file.seek(0, os.SEEK_END) - SEAL
        self._file.seek(0)
        digest = hashlib.sha256()
        while left > 0 and (block := self._file.read(min(BLOCK, left))):
            digest.update(block)
            left -= len(block)
        return self._file.read(SEAL) == digest.hexdigest().encode()


def _directory_size(file: IO[bytes]) -> int | None:
    """Bytes of the directory of a zip that ends as back-ups do; None if it does not."""
    length = file.seek(0, os.SEEK_END)
    if length < _END.size + SEAL:
        return None
    file.seek(length - _END.size - SEAL)
    tail = file.read()
    if tail.rfind(b"PK\5\6") != 0 or re.fullmatch(rb"[0-9a-f]{64}", tail[_END.size :]) is None:
        return None
    *_, size, _, comment = _END.unpack_from(tail)
    if comment != SEAL:
        return None
    start = length - _END.size - SEAL - _LOCATOR_64 - _END_64.size
    if start >= 0:
        file.seek(start)
        record = _END_64.unpack(file.read(_END_64.size))
        if record[0] == b"PK\6\6":
            return int(record[8])
    return int(size)


def _is_safe(name: str) -> bool:
    """Whether a part is a file of LAB_DATA that a lab keeps, whatever system it is unpacked on."""
    inner = name.removeprefix(DATA)
    parts = inner.split("/")
    return (
        name.startswith(DATA)
        and all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in parts)
        and is_kept(PurePosixPath(inner))
    )


def _shown(names: Iterable[str]) -> str:
    """The first of some names, without what a terminal would take for a command."""
    return repr(min(names)[:200])
