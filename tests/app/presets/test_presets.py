"""Presets can be posted as they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.presets import PRESETS
from core.experiment.experiment import Experiment, resolve


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_are_ready_to_post(preset: Any) -> None:
    body = json.loads(preset.experiment.model_dump_json())
    assert Experiment.model_validate(body) == preset.experiment
    assert resolve(preset.experiment)
