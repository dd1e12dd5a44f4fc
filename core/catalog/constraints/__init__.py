"""Constraints: projections that Keras applies to a weight after each optimiser update. One class, one constraint.

A constraint acts on *groups* of a weight's values: those along its `axis`. Left out, `axis` is the per-unit axis of the
weight (`weight.Weight.unit_axis`), so that a group is one unit's weights. Keras' own default is `axis=0`,
which is the same for a Dense kernel but differs for most other weights. Constraints without `axis` act on each
value by itself, or on the whole weight.

The initial weights are not projected; a constraint first acts after the first update.

To add one, write its class in the module that fits; `chain`, which builds the union of all, must import a new module.
"""

from core.catalog.constraints.base import (
    FEASIBLE,
    TOLERANCE,
    Axes,
    Axis,
    Constraint,
    Feasible,
    FeasibleSet,
    all_of,
    any_of,
    group_norms,
)
from core.catalog.constraints.chain import AnyConstraint, Chain
from core.catalog.constraints.elementwise import Box, L1Norm, NonNeg, Simplex, ZeroMean
from core.catalog.constraints.kernels import ConvSpectralNorm, Orthonormal, Radial, SpectralNorm
from core.catalog.constraints.norms import FrobeniusNorm, MaxNorm, MinMaxNorm, UnitNorm

__all__ = [
    "FEASIBLE",
    "TOLERANCE",
    "AnyConstraint",
    "Axes",
    "Axis",
    "Box",
    "Chain",
    "Constraint",
    "ConvSpectralNorm",
    "Feasible",
    "FeasibleSet",
    "FrobeniusNorm",
    "L1Norm",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "Orthonormal",
    "Radial",
    "Simplex",
    "SpectralNorm",
    "UnitNorm",
    "ZeroMean",
    "all_of",
    "any_of",
    "group_norms",
]
