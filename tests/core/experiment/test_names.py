"""Names that people write: marks that nobody sees are left out of them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.experiment.arm import Arm


def test_marks_of_direction_are_left_out() -> None:
    assert Arm(name="\u202eabc\u200b😀").name == "abc😀"
    assert Arm(name="שלום").name == "שלום"
    with pytest.raises(ValidationError):
        Arm(name="\u202e\u200b")
