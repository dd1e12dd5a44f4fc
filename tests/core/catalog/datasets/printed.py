"""The code of a split as an exported script has it, run alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.catalog.calls import functions, modules, source, source_code
from core.catalog.datasets import Dataset, Split

PARTS = ("train", "validation", "test", "holdout")


def assert_printed_parts(split: Split, dataset: Dataset, draw: int | None) -> None:
    """Runs the printed code, from the file as it came, and compares its parts with those of the service."""
    assert split.problems(dataset) == []
    steps = split.code(dataset)
    values = [value for _, value in steps]
    printed = ["import numpy as np", *(f"import {each}" for each in modules(values))]
    printed += [source(function) for function in functions(values)]
    printed += [f"{names} = {source_code(value)}" for names, value in steps]
    found: dict[str, Any] = {"draw": draw}
    exec("\n".join(["from __future__ import annotations", *printed]), found)
    parts = split.prepare(dataset, draw)
    for name in PARTS:
        part = getattr(parts, name)
        assert (part is None) == (f"{name}_x" not in found)
        if part is not None:
            assert np.array_equal(part.x, found[f"{name}_x"])
            assert np.array_equal(part.y, found[f"{name}_y"])
