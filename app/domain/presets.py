"""Named experiments, ready to post. The tutorial is the first."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.constraints import Constraint, MaxNorm, MinMaxNorm, UnitNorm
from app.domain.datasets import Moons, Split
from app.domain.experiment import Arm, Changes, Experiment, Network
from app.domain.layers import Dense


@dataclass(frozen=True)
class Preset:
    """An experiment with what it is for."""

    name: str
    title: str
    summary: str
    experiment: Experiment


def _on_hidden_kernel(name: str, constraint: Constraint) -> Arm:
    return Arm(name=name, changes=Changes(layers={"hidden": {"kernel_constraint": constraint.model_dump()}}))


TUTORIAL = Preset(
    name="tutorial",
    title="Weight constraints on two moons",
    summary="A wide network learns 30 noisy points by heart. Does a constraint on its weights help on the other 70?",
    experiment=Experiment(
        name="Two moons",
        dataset=Moons(n_samples=100, noise=0.2, random_state=1),
        split=Split(train=30),
        network=Network(layers=[Dense(name="hidden", units=500, activation="relu")]),
        seeds=[1],
        arms=[
            Arm(name="baseline"),
            _on_hidden_kernel("unit norm", UnitNorm()),
            _on_hidden_kernel("min-max norm 1 to 1", MinMaxNorm(min_value=1.0, max_value=1.0)),
            _on_hidden_kernel("max norm 1", MaxNorm(max_value=1.0)),
        ],
    ),
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in [TUTORIAL]}
