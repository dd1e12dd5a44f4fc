"""Analysis of finished runs: paired statistics, the verdict on each arm, overfitting, sweeps and method comparison.

Pure functions on arrays, with formulas and sources. SciPy computes distributions; it is imported inside the functions
that use it, since its import takes a second.
"""

from app.analysis.claims import BETTER, WORSE, Claim, claim, corrected
from app.analysis.draws import VarianceParts, drawn_difference, variance_parts
from app.analysis.headline import Chip, chip_of, headline_of, short_figure
from app.analysis.looks import level_at, level_of_seeds
from app.analysis.overfitting import OVERFITTING_METRICS, Overfitting, overfitting
from app.analysis.paired import (
    LEVEL,
    Difference,
    holm,
    interval,
    least_seeds,
    seed_difference,
    seeds_needed,
    sign_p,
    signed_rank_p,
    unseen_share,
)
from app.analysis.prediction import prediction_sentence
from app.analysis.reach import binding_arms, unreached_arms
from app.analysis.rows import mcnemar_difference, newcombe, regression_difference, share_difference, widen_for_rows
from app.analysis.sentences import sentence_of
from app.analysis.study import Study, difference, study_of
from app.analysis.verdict import ArmVerdict, Collapse, claim_of, judge

__all__ = [
    "BETTER",
    "LEVEL",
    "OVERFITTING_METRICS",
    "WORSE",
    "ArmVerdict",
    "Chip",
    "Claim",
    "Collapse",
    "Difference",
    "Overfitting",
    "Study",
    "VarianceParts",
    "binding_arms",
    "chip_of",
    "claim",
    "claim_of",
    "corrected",
    "difference",
    "drawn_difference",
    "headline_of",
    "holm",
    "interval",
    "judge",
    "least_seeds",
    "level_at",
    "level_of_seeds",
    "mcnemar_difference",
    "newcombe",
    "overfitting",
    "prediction_sentence",
    "regression_difference",
    "seed_difference",
    "seeds_needed",
    "sentence_of",
    "share_difference",
    "short_figure",
    "sign_p",
    "signed_rank_p",
    "study_of",
    "unreached_arms",
    "unseen_share",
    "variance_parts",
    "widen_for_rows",
]
