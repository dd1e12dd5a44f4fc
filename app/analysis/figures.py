"""Figures as text: one rule for the page, the sentences, the report and the tables.

Scores are float32. 65 of 80 rows are 0.8125, a half in the third decimal, and as binary fractions such halves lie now
just above and now just below. So a figure is rounded on its decimal value, the shortest decimal that is the same
float32, and a half is rounded away from zero. The page's `figure` in `frontend/src/format.ts` does the same;
`tests/golden/figures.json` has what both must show.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

MISSING = "–"
"""What stands for a figure that is missing or not a number."""
HUGE = 1e9
"""From here on figures are powers of ten, as those of runs that diverge."""


def decimal_of(value: float) -> Decimal:
    """The decimal of the fewest digits, 9 at most, that is the same float32 as `value`, which must be finite."""
    with np.errstate(over="ignore", under="ignore"):
        single = np.float32(value)
        found = (f"{value:.{digits}e}" for digits in range(9))
        return Decimal(next((text for text in found if np.float32(float(text)) == single), repr(float(value))))


def figure(value: float | None, digits: int = 3) -> str:
    """`value` with `digits` decimals, "0.813"; what is too small for them, or huge, as a power of
    ten, "1.2e−5"; None as "–"."""
    if value is None or not math.isfinite(value):
        return MISSING
    if (digits > 0 and 0 < abs(value) < 10.0**-digits / 2) or abs(value) >= HUGE:
        mantissa, _, power = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(power)}".replace("-", "−")
    shown = decimal_of(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{abs(shown) if shown == 0 else shown:f}".replace("-", "−")


def signed(value: float | None, digits: int) -> str:
    """A difference as `figure`, with its sign: "+0.81", "−0.20"; one too small for the decimals as "0.00"."""
    shown = 0.0 if value is not None and abs(value) < 10.0**-digits / 2 else value
    text = figure(shown, digits)
    return f"+{text}" if shown is not None and shown > 0 else text


def significant(value: float, digits: int = 4) -> str:
    """`value`, which must be finite, with `digits` significant digits, without zeros at the end: "0.8125"."""
    exact = decimal_of(value)
    if exact == 0:
        return "0"
    return f"{float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), ROUND_HALF_UP)):.{digits}g}"
