"""Regressions drawn from a known function, so that any number of fresh examples can be drawn."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Name
from core.catalog.datasets.synthetic import Synthetic
from core.catalog.entry import number


class _DrawnRegression(Synthetic):
    """Base of synthetic regressions."""

    group: ClassVar = "regression"

    @property
    def classes(self) -> int:
        return 0


def _target_noise(default: float, most: float = 5) -> Any:
    return number(
        default, ge=0, le=most, step=0.05, description="Standard deviation of the noise added to each target."
    )


class Sine(_DrawnRegression):
    """x evenly from -1 to 1; the target is sin(π · periods · x) plus Gaussian noise."""

    title: ClassVar = "Sine"
    summary: ClassVar = "A noisy sine of one feature"
    kind: Literal["sine"] = "sine"
    noise: float = _target_noise(0.2)
    periods: float = number(2.0, gt=0, le=20, step=0.5, description="Periods from -1 to 1.")

    @property
    def shape(self) -> tuple[int, ...]:
        return (1,)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(sine, rows, periods=self.periods, noise=self.noise, random_state=random_state)


def sine(rows: int, periods: float, noise: float, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """x evenly from -1 to 1 and y = sin(π · periods · x) plus Gaussian noise."""
    rng = np.random.default_rng(random_state)
    x = rng.uniform(-1, 1, (rows, 1))
    return x, np.sin(np.pi * periods * x[:, 0]) + noise * rng.standard_normal(rows)


class Friedman1(_DrawnRegression):
    """Features evenly from 0 to 1; the target is 10 sin(π x1 x2) + 20 (x3 - ½)² + 10 x4 + 5 x5 plus Gaussian noise.

    The others have no use. Friedman 1991; scikit-learn's `make_friedman1`.
    """

    title: ClassVar = "Friedman 1"
    is_name: ClassVar = True
    summary: ClassVar = "Five useful features among others"
    kind: Literal["friedman1"] = "friedman1"
    proposed_split: ClassVar = {"standardize": True, "target_scale": "standard"}
    n_features: int = number(
        10, ge=5, le=100, step=1, title="Features", description="Number of columns; five are useful."
    )
    noise: float = _target_noise(1.0, 100)

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.n_features,)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(
            "sklearn.datasets.make_friedman1",
            n_samples=rows,
            n_features=self.n_features,
            noise=self.noise,
            random_state=random_state,
        )


class Friedman2(_DrawnRegression):
    """The impedance √(x1² + (x2 x3 - 1 / (x2 x4))²) of a circuit, plus Gaussian noise.

    x1 from 0 to 100, x2 from 40π to 560π, x3 from 0 to 1, x4 from 1 to 11. Friedman 1991; `make_friedman2`.
    """

    title: ClassVar = "Friedman 2"
    is_name: ClassVar = True
    summary: ClassVar = "Impedance of a circuit, from four features"
    kind: Literal["friedman2"] = "friedman2"
    proposed_split: ClassVar = {"standardize": True, "target_scale": "standard"}
    noise: float = _target_noise(100.0, 1000)

    @property
    def shape(self) -> tuple[int, ...]:
        return (4,)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call("sklearn.datasets.make_friedman2", n_samples=rows, noise=self.noise, random_state=random_state)


class Friedman3(_DrawnRegression):
    """The phase angle arctan((x2 x3 - 1 / (x2 x4)) / x1) of a circuit, plus Gaussian noise.

    x1 from 0 to 100, x2 from 40π to 560π, x3 from 0 to 1, x4 from 1 to 11. Friedman 1991; `make_friedman3`.
    """

    title: ClassVar = "Friedman 3"
    is_name: ClassVar = True
    summary: ClassVar = "Phase angle of a circuit, from four features"
    kind: Literal["friedman3"] = "friedman3"
    proposed_split: ClassVar = {"standardize": True}
    noise: float = _target_noise(0.1)

    @property
    def shape(self) -> tuple[int, ...]:
        return (4,)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call("sklearn.datasets.make_friedman3", n_samples=rows, noise=self.noise, random_state=random_state)


class Regression(_DrawnRegression):
    """A linear target of standard normal features, plus Gaussian noise: scikit-learn's `make_regression`.

    A fresh draw has the same coefficients.
    """

    title: ClassVar = "Linear regression"
    summary: ClassVar = "A linear target, with useless features"
    kind: Literal["regression"] = "regression"
    proposed_split: ClassVar = {"target_scale": "standard"}
    n_features: int = number(20, ge=1, le=100, step=1, title="Features", description="Number of columns.")
    n_informative: int = number(
        5,
        ge=1,
        le=100,
        step=1,
        title="Informative features",
        validate_default=True,
        description="Columns whose coefficient is not 0.",
    )
    noise: float = _target_noise(10.0, 1000)

    @field_validator("n_informative")
    @classmethod
    def _among_the_features(cls, informative: int, info: ValidationInfo) -> int:
        features = info.data.get("n_features")
        if features is not None and informative > features:
            raise PydanticCustomError("informative", "Must be at most the number of features, {n}", {"n": features})
        return informative

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.n_features,)

    def code(self) -> Call:
        return self._made()

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(more_of_regression, self._made(coef=True), rows, noise=self.noise, random_state=random_state)

    def _made(self, **more: Any) -> Call:
        return Call(
            "sklearn.datasets.make_regression",
            n_samples=self.n_samples,
            n_features=self.n_features,
            n_informative=self.n_informative,
            noise=self.noise,
            random_state=self.random_state,
            **more,
        )


def more_of_regression(
    made: tuple[np.ndarray, np.ndarray, np.ndarray], rows: int, noise: float, random_state: int
) -> tuple[np.ndarray, np.ndarray]:
    """More rows from the model of `make_regression(coef=True)`: y = x · coefficients + noise, x standard normal."""
    coefficients = np.ravel(made[2])
    rng = np.random.default_rng(random_state)
    x = rng.standard_normal((rows, len(coefficients)))
    return x, x @ coefficients + noise * rng.standard_normal(rows)
