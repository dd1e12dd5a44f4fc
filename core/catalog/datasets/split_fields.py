"""Fields of a split, and what follows from them alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.datasets.base import Dataset
from core.catalog.datasets.tasks import is_numeric
from core.catalog.entry import Entry, number
from core.limits import MAX_RUNS


def _read_share(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    raise PydanticCustomError("share", "Give a number of rows (1 or more) or a share between 0 and 1")


Share = Annotated[int | float, BeforeValidator(_read_share)]
"""A number of rows, or a share of all rows."""


def _share(default: float | None, title: str, description: str) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"widget": "share"})


Design = Literal["seeds", "drawn", "resampled", "folds"]
"""How the rows vary between runs: not at all; data sets drawn anew; other splits of one table; its folds."""


class SplitFields(Entry):
    """Fields of a split."""

    by: Literal["rows", "stratified", "group", "time", "column"] = Field(
        "rows",
        title="Cut",
        description="Rows: in order, or shuffled. Stratified: at random, each class in the same share everywhere; "
        "of numbers, shuffled; not of several labels. Group: rows with one value of a column stay together, at random. "
        "Time: ordered by a column, training rows first. Column: a column says train, validation, test or holdout.",
    )
    column: str | None = Field(
        None,
        max_length=1000,
        description="The table's column, or the file's array of a value for each row, that cuts the rows by group, "
        "time or column. A table's is no feature unless one says so.",
        json_schema_extra={"widget": "other_column"},
    )
    train: Share = _share(0.3, "Training rows", "A number of rows, or a share between 0 and 1.")
    validation: Share | None = _share(
        None, "Validation rows", "Rows or a share for early stopping and choosing between arms. Leave empty for none."
    )
    holdout: Share | None = _share(
        None, "Sealed rows", "Rows or a share whose scores stay hidden until revealed. Leave empty for none."
    )
    shuffle: bool = Field(
        False,
        description="Shuffle the rows before a cut by rows. Otherwise the first rows are the training rows.",
    )
    random_state: int = number(
        0, ge=0, le=2**31 - 1, step=1, title="Split seed", description="Seed of the shuffle and of label noise."
    )
    standardize: bool = Field(
        False,
        title="Standardise features",
        description="Shift and scale each feature to mean 0 and standard deviation 1 of the training rows.",
    )
    target_scale: Literal["none", "standard"] = Field(
        "none",
        title="Target's scale",
        description="Standard: a regression's target is trained on with mean 0 and standard deviation 1 of the "
        "training rows. The loss is of the scaled target; MAE, RMSE and errors are told in the target's own units; "
        "of several targets, each scaled by itself, in standard deviations. Of classes it changes nothing.",
    )
    standardize_target: bool = Field(
        False,
        title="Standardise target",
        description="As target_scale, but errors are told in standard deviations. Experiments of earlier versions have "
        "it.",
    )
    label_noise: float = number(
        0.0,
        ge=0,
        le=1,
        step=0.05,
        description="Share of the training and validation rows whose class is replaced by another.",
    )
    imbalance: float = number(
        1.0,
        gt=0,
        le=1,
        step=0.05,
        description="Share of its training rows that the last class keeps; the first keeps all, with an exponential "
        "decay between them (Cui et al. 2019). The other rows are not used. 1: no imbalance.",
    )

    resample: bool = Field(
        False,
        title="New rows for each seed",
        description="Each seed also draws its own rows, the same for all arms: a new data set where it can be drawn "
        "anew, another split otherwise.",
    )
    draws: int | None = number(
        None,
        ge=1,
        le=MAX_RUNS,
        step=1,
        title="Draws of the rows",
        description="Number of draws of the rows, each trained once for each seed, with initial weights and a batch "
        "order of its own. Leave empty for the rows as they are.",
    )
    folds: int | None = number(
        None,
        ge=2,
        le=MAX_RUNS,
        step=1,
        title="Folds (cross-validation)",
        description="Folds of a cross-validation, stratified where there are classes; each is the test set once, and "
        "the rest is trained on, whatever the number of training rows above. Leave empty for none.",
    )
    fold_repeats: int = number(
        1, ge=1, le=MAX_RUNS, step=1, description="Times that the folds are cut, each after another shuffle."
    )

    @property
    def draw_numbers(self) -> list[int] | None:
        """Numbers of the draws, each trained once for each seed; None without any, or where each seed has its own."""
        if self.folds is not None:
            return list(range(1, self.folds * self.fold_repeats + 1))
        return None if self.draws is None else list(range(1, self.draws + 1))

    def scales_target(self, dataset: Dataset) -> bool:
        """Whether a regression's target, or each of several, is standardised."""
        return self.standardize_target or (self.target_scale == "standard" and is_numeric(dataset.task))

    def has_own_units(self, dataset: Dataset) -> bool:
        """Whether the target is standardised and errors are told in its own units: several targets may have several."""
        return self.target_scale == "standard" and dataset.task == "regression"

    def design(self, dataset: Dataset) -> Design:
        """How the rows vary between the runs of an arm."""
        if self.folds is not None:
            return "folds"
        if not self.resample and self.draws is None:
            return "seeds"
        return "drawn" if dataset.fresh_code(1, 0) is not None else "resampled"

    def counts(self, rows: int, draw: int | None = None, *, own_test: int = 0) -> dict[str, int]:
        """Sizes asked for of `train`, `validation`, `test` and `holdout` out of `rows`, before any imbalance.

        Shares are rounded to the nearest row. Of folds it is `draw`'s, or the first's. With `own_test` rows, the last
        ones, that come from a file of test rows, all others that are not for validation or sealed are trained on.
        """
        rows -= own_test
        train, validation, holdout = (_count(part, rows) for part in (self.train, self.validation, self.holdout))
        if own_test:
            return {
                "train": rows - validation - holdout,
                "validation": validation,
                "test": own_test,
                "holdout": holdout,
            }
        test = rows - train - validation - holdout
        if self.folds is not None:
            usable = rows - holdout
            test = usable // self.folds + ((((draw or 1) - 1) % self.folds) < usable % self.folds)
            train = usable - test - validation
        return {"train": train, "validation": validation, "test": test, "holdout": holdout}

    @property
    def typical_draw(self) -> int | None:
        """Number of a draw of usual size, where the first isn't: of folds in order of time, the middle one."""
        return (self.folds + 1) // 2 if self.by == "time" and self.folds is not None else None


def _count(part: float | None, rows: int) -> int:
    return 0 if part is None else part if isinstance(part, int) else round(part * rows)
