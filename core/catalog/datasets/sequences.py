"""Sequences drawn from a known distribution, (steps, features) each: for recurrent layers and Conv1D."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from core.catalog.calls import Call, Name
from core.catalog.datasets.synthetic import Synthetic
from core.catalog.entry import number


class _DrawnSequences(Synthetic):
    """Base of synthetic sequences."""

    group: ClassVar = "sequences"
    n_samples: int = number(
        500, ge=2, le=20_000, step=50, log=True, title="Rows", description="Number of sequences to draw."
    )


class DelayedRecall(_DrawnSequences):
    """The first step shows one of several symbols (one-hot); noise follows, and the class is the symbol.

    A long time lag in the manner of Hochreiter & Schmidhuber 1997 (Neural Computation 9), section 5.
    """

    title: ClassVar = "Delayed recall"
    summary: ClassVar = "Remember the first step to the end"
    kind: Literal["delayed_recall"] = "delayed_recall"
    symbols: int = number(4, ge=2, le=10, step=1, description="Number of symbols, each a class and a feature.")
    steps: int = number(30, ge=2, le=200, step=5, description="Length of a sequence.")
    noise: float = number(0.2, ge=0, le=5, step=0.05, description="Standard deviation of the noise in every step.")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.steps, self.symbols)

    @property
    def classes(self) -> int:
        return self.symbols

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(
            delayed_recall,
            rows,
            symbols=self.symbols,
            steps=self.steps,
            noise=self.noise,
            random_state=random_state,
        )


def delayed_recall(
    rows: int, symbols: int, steps: int, noise: float, random_state: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of noise whose first step also has a one-hot symbol; y is the symbol, all equally frequent."""
    rng = np.random.default_rng(random_state)
    y = rng.permutation(np.arange(rows) % symbols)
    x = noise * rng.standard_normal((rows, steps, symbols))
    x[np.arange(rows), 0, y] += 1
    return x, y


class AddingProblem(_DrawnSequences):
    """Adds the two marked values, one in each half of the sequence.

    Each step has a value drawn evenly from 0 to 1, and a mark that is 1 at two steps and else 0. Hochreiter &
    Schmidhuber 1997, section 5.4, as in Le et al. 2015 (arXiv:1504.00941). Always answering 1 has a mean squared error
    of 1/6.
    """

    title: ClassVar = "Adding problem"
    summary: ClassVar = "Add two marked values, far apart"
    kind: Literal["adding_problem"] = "adding_problem"
    steps: int = number(30, ge=2, le=200, step=5, description="Length of a sequence.")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.steps, 2)

    @property
    def classes(self) -> int:
        return 0

    @property
    def feature_names(self) -> list[str]:
        return ["value", "mark"]

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(adding_problem, rows, steps=self.steps, random_state=random_state)


def adding_problem(rows: int, steps: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Values from 0 to 1 with a mark at one step of each half; y is the sum of the two marked values."""
    rng = np.random.default_rng(random_state)
    values, marks = rng.uniform(0, 1, (rows, steps)), np.zeros((rows, steps))
    row = np.arange(rows)
    for half in (rng.integers(0, steps // 2, rows), rng.integers(steps // 2, steps, rows)):
        marks[row, half] = 1
    return np.stack([values, marks], axis=2), (values * marks).sum(axis=1)


class NoisySines(_DrawnSequences):
    """A sine of random phase in Gaussian noise; class c has c + 1 periods; all classes are equally frequent."""

    title: ClassVar = "Noisy sines"
    summary: ClassVar = "Tell sines by their frequency"
    kind: Literal["noisy_sines"] = "noisy_sines"
    frequencies: int = number(
        3, ge=2, le=10, step=1, title="Classes", description="Number of frequencies, each a class."
    )
    steps: int = number(40, ge=20, le=200, step=10, description="Length of a sequence.")
    noise: float = number(0.5, ge=0, le=5, step=0.05, description="Standard deviation of the noise in every step.")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.steps, 1)

    @property
    def classes(self) -> int:
        return self.frequencies

    @property
    def class_names(self) -> list[str]:
        return ["1 period", *(f"{count} periods" for count in range(2, self.frequencies + 1))]

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(
            noisy_sines,
            rows,
            frequencies=self.frequencies,
            steps=self.steps,
            noise=self.noise,
            random_state=random_state,
        )


def noisy_sines(
    rows: int, frequencies: int, steps: int, noise: float, random_state: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sines of random phase that go through y + 1 periods in `steps` steps, plus Gaussian noise."""
    rng = np.random.default_rng(random_state)
    y = rng.permutation(np.arange(rows) % frequencies)
    time = np.arange(steps) / steps
    phase = rng.uniform(0, 1, (rows, 1))
    x = np.sin(2 * np.pi * ((y[:, None] + 1) * time + phase))
    return (x + noise * rng.standard_normal(x.shape))[:, :, None], y
