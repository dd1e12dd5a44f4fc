"""Analysis of finished runs: paired statistics, the verdict on each arm, overfitting, sweeps and method comparison.

Pure functions on arrays, with formulas and sources. SciPy computes distributions; it is imported inside the functions
that use it, since its import takes a second.
"""

from app.analysis.overfitting import OVERFITTING_METRICS, Overfitting, overfitting
from app.analysis.paired import (
    LEVEL,
    Difference,
    holm,
    interval,
    least_seeds,
    seed_difference,
    seeds_needed,
    signed_rank_p,
)
from app.analysis.rows import mcnemar_difference, newcombe, regression_difference, widen_for_rows
from app.analysis.sentences import prediction_sentence, sentence_of
from app.analysis.verdict import ArmVerdict, Claim, Study, claim, corrected, difference, judge

__all__ = [
    "LEVEL",
    "OVERFITTING_METRICS",
    "ArmVerdict",
    "Claim",
    "Difference",
    "Overfitting",
    "Study",
    "claim",
    "corrected",
    "difference",
    "holm",
    "interval",
    "judge",
    "least_seeds",
    "mcnemar_difference",
    "newcombe",
    "overfitting",
    "prediction_sentence",
    "regression_difference",
    "seed_difference",
    "seeds_needed",
    "sentence_of",
    "signed_rank_p",
    "widen_for_rows",
]
