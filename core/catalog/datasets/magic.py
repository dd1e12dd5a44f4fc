"""Recognition of a file's format by its first bytes, and what to do with one that can't be taken."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core.catalog.datasets.zip_directory import listed_names

TableFormat = Literal["text", "spreadsheet", "parquet", "feather", "json", "json lines", "arff"]
ArraysFormat = Literal["npz", "pictures"]

_AS_CSV: Final = "Save the table as CSV, Excel (.xlsx) or Parquet, and upload that"
_REFUSED: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xd0\xcf\x11\xe0", "This is a workbook of Excel 97 to 2003 (.xls). Open it and save it as .xlsx or CSV"),
    (b"SQLite format 3", f"This is an SQLite database. {_AS_CSV}"),
    (b"\x89HDF\r\n", f"This is an HDF5 file. {_AS_CSV}; arrays as .npz"),
    (b"$FL2", f"This is an SPSS file. {_AS_CSV}"),
    (b"$FL3", f"This is an SPSS file. {_AS_CSV}"),
    (b"<stata_dta>", f"This is a Stata file. {_AS_CSV}"),
    (b"RDX2", 'This is R\'s own format. In R, write.csv(table, "table.csv") saves it as CSV'),
    (b"RDX3", 'This is R\'s own format. In R, write.csv(table, "table.csv") saves it as CSV'),
    (b"\x28\xb5\x2f\xfd", "This is compressed with zstd. Unpack it, or compress it with gzip"),
    (b"7z\xbc\xaf", "This is a 7-Zip archive. Unpack it, and upload the table in it"),
    (b"Rar!", "This is a RAR archive. Unpack it, and upload the table in it"),
    (b"%PDF", f"This is a PDF. {_AS_CSV}"),
    (b"\x89PNG", "This is a single picture. Upload a zip of folders of pictures, a folder a class"),
    (b"\xff\xd8\xff", "This is a single picture. Upload a zip of folders of pictures, a folder a class"),
    (b"GIF8", "This is a single picture. Upload a zip of folders of pictures, a folder a class"),
    (
        b"\x93NUMPY",
        "This is a single array of NumPy's, which has no target. Save the arrays x and y together: "
        'np.savez("data.npz", x=x, y=y)',
    ),
    (
        b"MATLAB",
        "This is a MATLAB file. In Python, load it, and save its arrays x and y together: "
        'np.savez("data.npz", x=x, y=y)',
    ),
)
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_SAS: Final = b"\xc2\xea\x81\x60\xb3\x14\x11\xcf"


@dataclass(frozen=True)
class Found:
    """What a file's first bytes say."""

    format: TableFormat | None
    """Its format, if it is a table."""
    refusal: str | None = None
    """What it is instead, and what to do."""
    arrays: ArraysFormat | None = None
    """Its format, if it holds arrays or pictures."""

    @classmethod
    def of(cls, path: Path) -> Found:
        """What the file at `path` is; text that is nothing else is delimited text."""
        with path.open("rb") as file:
            head = file.read(4096)
        for start, sentence in _REFUSED:
            if head.startswith(start):
                return cls(None, sentence)
        if head.startswith(b"PK\x03\x04"):
            return _archive(path)
        if head.startswith(b"PAR1"):
            return cls("parquet")
        if head.startswith((b"ARROW1", b"FEA1")):
            return cls("feather")
        if _SAS in head[:32]:
            return cls(None, f"This is a SAS file. {_AS_CSV}")
        if _PICKLE.match(head):
            return cls(None, f"This is a pickle, which could run code, so it is never opened. {_AS_CSV}")
        return cls(_text_format(head)) if _is_text(head) else cls(None, not_a_table())


def not_a_table() -> str:
    """The sentence on a file that is nothing known."""
    return (
        "This is not text and none of the formats that can be read: CSV and other delimited text, Excel (.xlsx), "
        f"OpenDocument (.ods), Parquet, Feather, JSON, ARFF. {_AS_CSV}"
    )


def _archive(path: Path) -> Found:
    names = listed_names(path)
    if not names:
        return Found(None, "This zip file is damaged: make it anew, or upload the table itself")
    if "xl/workbook.xml" in names:
        return Found("spreadsheet")
    if any(name.startswith("xl/") for name in names):
        return Found(None, f"This is a binary Excel workbook (.xlsb). {_AS_CSV}")
    if "mimetype" in names or "content.xml" in names:
        return _open_document(path)
    if "word/document.xml" in names:
        return Found(None, f"This is a Word document. {_AS_CSV}")
    if any(name.endswith(".npy") for name in names):
        return Found(None, arrays="npz")
    if any(name.lower().endswith((".png", ".jpg", ".jpeg")) for name in names):
        return Found(None, arrays="pictures")
    return Found(
        None,
        "This zip file holds more than one file, or none, and no PNG or JPEG: upload the table itself, or a zip of "
        "folders of pictures, a folder a class",
    )


def _open_document(path: Path) -> Found:
    """A spreadsheet, or the refusal of another OpenDocument file, by the type that it gives."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as file:
            said = file.read(200)
    except (OSError, KeyError, RuntimeError, zlib.error, NotImplementedError, zipfile.BadZipFile):
        said = b""
    if said.strip() in (_ODS, _ODS + b"-template"):
        return Found("spreadsheet")
    return Found(None, f"This is an OpenDocument file, but no spreadsheet (.ods). {_AS_CSV}")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return b"\0" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head) <= len(head) // 100


def _text_format(head: bytes) -> TableFormat:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"\[\s*\{", text):
        return "json"
    if re.match(rb"\{\s*\"", text):
        first = text.splitlines()[0].rstrip()
        return "json lines" if first.endswith(b"}") and len(text.splitlines()) > 1 else "json"
    lines = (line.strip().lower() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith(b"%")), b"")
    return "arff" if first.startswith(b"@relation") else "text"
