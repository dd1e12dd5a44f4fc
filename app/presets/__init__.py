"""Named experiments, ready to post. The tutorial is the first.

They are written as they would be posted, and checked when this module is imported.
"""

from __future__ import annotations

from app.presets.base import Preset
from app.presets.classics import CLASSICS
from app.presets.lessons import LESSONS
from app.presets.papers import PAPERS
from app.presets.sweeps import SWEEPS
from app.presets.tutorial import FROM_THE_TUTORIAL, TUTORIAL

__all__ = ["PRESETS", "TUTORIAL", "Preset"]

PRESETS: dict[str, Preset] = {
    preset.name: preset for preset in [*FROM_THE_TUTORIAL, *CLASSICS, *SWEEPS, *PAPERS, *LESSONS]
}
