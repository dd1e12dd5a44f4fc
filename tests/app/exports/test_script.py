"""`script.py`: all arms or one, as Python. tests/worker/test_script.py runs scripts."""

from __future__ import annotations

from tests.app.exports.conftest import NAMES, Trained


def test_it_has_one_arm_or_all(classified: Trained) -> None:
    whole = classified.export("script.py")
    assert whole.headers["content-type"].startswith("text/x-python")
    assert whole.headers["content-disposition"] == 'attachment; filename="two_moons.py"'
    compile(whole.text, "script.py", "exec")
    assert "def build_baseline(seed):" in whole.text
    assert "keras.constraints.UnitNorm(axis=0)" in whole.text
    one = classified.export("script.py", arm=NAMES[0]).text
    assert "def build_baseline(seed):" in one
    assert "UnitNorm" not in one
