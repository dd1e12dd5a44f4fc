"""Removes from an environment the files of packages that the API can do without: `python slim.py SITE_PACKAGES`.

The API's image is built with it. Runs with the standard library only. A test runs the API's imports without them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

UNUSED: Final = (
    "**/tests",  # pandas, SciPy, NumPy, scikit-learn and PyArrow come with their own
    "joblib/test",
    "numpy/_core/include",  # to build extensions with
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/*flight*",  # a protocol for remote tables
    "pyarrow/*s3*",  # files in Amazon's store, which PyArrow loads where it is there
    "plotly/labextension",  # charts in notebooks
)
"""Patterns of what goes, below the directory of packages."""


def unused(packages: Path) -> Iterator[Path]:
    """The files and directories that match, none of them within another."""
    found = {path for pattern in UNUSED for path in packages.glob(pattern)}
    return (path for path in sorted(found) if not found & set(path.parents))


def main() -> None:
    """Removes them from the directory on the command line, and says how much that was."""
    packages = Path(sys.argv[1])
    before = _size(packages)
    for path in unused(packages):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    print(f"{packages}: {before // 10**6} MB, now {_size(packages) // 10**6} MB")


def _size(directory: Path) -> int:
    return sum(path.lstat().st_size for path in directory.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
