"""The exported script: an experiment, or some of its arms, as plain Keras.

Whatever differs from arm to arm is printed from the same calls that the worker makes (see `code`), so the script trains
what was trained. It draws seeds and batch orders as the worker does; run alone it ends at the same figures.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.exports.base import Export, Source
from core.catalog.calls import Call, Name, functions, keep_sources, modules, source, source_code
from core.catalog.datasets import Dataset
from core.catalog.datasets.row_parts import balanced_class_weight
from core.catalog.training import Training, Watching
from core.experiment.experiment import Experiment
from core.experiment.model import KERAS_SCORE, ModelLayer, loss, metric, model_layers, needs_one_hot, optimizer
from core.experiment.resolution import ResolvedArm
from core.limits import EVALUATION_BATCH
from core.runs.seeding import batch_order, layer_seed, training_seed

keep_sources()  # when the service starts, so that a script has what its workers run


class Script(Export):
    """The experiment, or one arm of it, as a script."""

    name = "script.py"
    ending = ".py"
    media_type = "text/x-python"
    title = "Script"
    summary = (
        "Plain Keras that ends at the same figures and saves each arm’s weights; needs TensorFlow, scikit-learn and "
        "Matplotlib"
    )
    takes_arm = True

    def write(self, source: Source) -> Iterator[str]:
        """One piece."""
        yield script_of(source.stored.experiment, [arm for arm in source.arms if source.arm in (None, arm.name)])


def script_of(experiment: Experiment, arms: list[ResolvedArm]) -> str:
    """A script that trains `arms`, all of `experiment`, in each of its replicates.

    It prints their figures, draws their curves, and saves the weights of each arm's first replicate.
    """
    printed = _Printed()
    loading = _data(experiment, arms, printed)
    varied = experiment.replicates()[0].draw is not None
    train_rows = _updated_rows(experiment)
    names = _names(arms)
    hot = any(needs_one_hot(arm) for arm in arms)
    makers = "\n\n".join(_maker(name, arm, train_rows, hot, printed) for name, arm in zip(names, arms, strict=True))
    table = "".join(f"    {source_code(arm.name)}: {name},\n" for name, arm in zip(names, arms, strict=True))
    balanced = ""
    if any(arm.training.class_weight for arm in arms):
        balanced = printed(Call(balanced_class_weight, Name("train_y"), experiment.dataset.classes))
    weighted = experiment.dataset.weight_column is not None
    score = KERAS_SCORE[experiment.dataset.task]
    reducing = any(arm.training.reduce_lr_on_plateau for arm in arms)
    settings = "".join(
        f"    {source_code(arm.name)}: {_settings(arm.training, score, balanced, reducing=reducing)},\n" for arm in arms
    )
    about_settings = "Epochs, rows of a batch, early stopping"
    about_settings += f"{', balanced classes' if balanced else ''}{', reduced rate' if reducing else ''}"
    about = f"{len(arms)} {'arm' if len(arms) == 1 else 'arms'}"
    replicate = "draw and seed" if varied else "seed"
    imports = printed.imports({"keras", "matplotlib.pyplot", "numpy", "re", "tensorflow"})
    sections = [
        f'"""{_plain(experiment.name)}: {about}, trained with plain Keras.\n\n'
        f"{_needs(experiment.dataset)}\n"
        f"Arms of one {replicate} begin with the same weights and see the same batches.\n"
        f"It saves the weights of each arm's first {replicate};\n"
        'model.set_weights(list(np.load(file).values())) puts them back.\n"""\n',
        imports,
        _replicates(experiment),
        *printed.sources(),
        source(training_seed) if varied else "",
        source(layer_seed),
        source(batch_order),
        _batches("x, y, weights" if weighted else "x, y"),
        f"# The data, split as in the experiment\n{loading}\n" if not varied else _drawn_data(experiment, loading),
        makers,
        f"ARMS = {{\n{table}}}\n# {about_settings}\nTRAINING = {{\n{settings}}}\n",
        _run(
            score,
            _sets(experiment) if varied else [],
            validation=experiment.split.has("validation", experiment.dataset),
            weighted=weighted,
            balanced=balanced,
            reducing=reducing,
        ),
    ]
    return "\n\n".join(section.rstrip("\n") + "\n" for section in sections if section)


def _needs(dataset: Dataset) -> str:
    """The script's needs: packages, and the file of one's own data."""
    packages, file = dataset.script_needs
    *most, last = ["tensorflow", "scikit-learn", *packages, "matplotlib"]
    beside = "" if file is None else f"\nPut the data file, {_plain(file)}, beside it: it was not exported."
    return f"Exported from Constraint Lab; it needs {', '.join(most)} and {last}.{beside}"


def _data(experiment: Experiment, arms: list[ResolvedArm], printed: _Printed) -> str:
    """Lines that load, split and prepare the data."""
    lines = [f"{names} = {printed(code)}" for names, code in experiment.split.code(experiment.dataset)]
    if any(needs_one_hot(arm) for arm in arms):
        classes = experiment.dataset.classes
        parts = [f"{part}_y" for part, rows in experiment.split.part_sizes(experiment.dataset).items() if rows]
        lines += [f'{name} = np.eye({classes}, dtype="float32")[{name}]' for name in parts]
    return "\n".join(lines)


def _replicates(experiment: Experiment) -> str:
    replicates = experiment.replicates()
    if replicates[0].draw is None:
        return f"SEEDS = {experiment.seeds}\n"
    pairs = ", ".join(f"({each.draw}, {each.seed})" for each in replicates)
    listed = textwrap.fill(f"REPLICATES = [{pairs}]", 100, subsequent_indent="    ", break_long_words=False)
    return f"# Draws of the rows, and seeds\n{listed}\n"


def _sets(experiment: Experiment) -> list[str]:
    """Names of the sets that training uses, features and labels."""
    counts = experiment.split.part_sizes(experiment.dataset)
    weights = [] if experiment.dataset.weight_column is None else ["train_weights"]
    return [f"{part}_{each}" for part in ("train", "test", "validation") if counts[part] for each in "xy"] + weights


def _drawn_data(experiment: Experiment, loading: str) -> str:
    """A function that gives the sets of one draw of the rows."""
    words = '"""Loads, splits and prepares draw number `draw` of the rows."""'
    body = textwrap.indent(f"{words}\n{loading}\nreturn {', '.join(_sets(experiment))}", "    ")
    return f"def rows_of(draw):\n{body}\n"


def _updated_rows(experiment: Experiment) -> int | Name:
    """Number of training rows, or, where it may differ between draws, its code."""
    split, dataset = experiment.split, experiment.dataset
    varied = experiment.replicates()[0].draw is not None
    if varied and (split.folds is not None or split.by == "group" or split.imbalance < 1):
        return Name("len(train_x)")
    if split.imbalance == 1:
        return split.part_sizes(dataset)["train"]
    return len(split.assign(dataset, dataset.labels()).train)


class _Printed:
    """Prints code and keeps what it needs: our own functions and modules."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[..., Any]] = {}
        self._modules: set[str] = set()

    def __call__(self, code: Any, indent: int = 0) -> str:
        for function in functions(code):
            self._functions.setdefault(function.__name__, function)
        self._modules.update(modules(code))
        return source_code(code, indent)

    def imports(self, also: Iterable[str]) -> str:
        """The import statements."""
        found = {each.partition(".")[0] if each.startswith("keras") else each for each in {*self._modules, *also}}
        known = {
            "numpy": "import numpy as np",
            "matplotlib.pyplot": "import matplotlib.pyplot as plt",
            "tensorflow": "import tensorflow as tf",
        }
        standard = sorted(each for each in found if each in {"csv", "functools", "re"})
        others = sorted(each for each in found if each not in standard)
        typed = ["from typing import Any"] if any(re.search(r"\bAny\b", each) for each in self.sources()) else []
        blocks = [
            [*(f"import {each}" for each in standard), *typed],
            [known.get(each, f"import {each}") for each in others],
        ]
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    def sources(self) -> list[str]:
        """Our own functions."""
        return [source(function) for function in self._functions.values()]


def _names(arms: list[ResolvedArm]) -> list[str]:
    """A function's name for each arm."""
    names: list[str] = []
    for number, arm in enumerate(arms, 1):
        name = re.sub(r"[^a-z0-9]+", "_", arm.name.lower()).strip("_")
        name = f"arm_{name}" if not name or name[0].isdigit() or not name.isidentifier() else name
        names.append(f"build_{name}" if f"build_{name}" not in names else f"build_{name}_{number}")
    return names


def _maker(name: str, arm: ResolvedArm, train_rows: int | Name, one_hot: bool, printed: _Printed) -> str:
    """A function that makes the arm's compiled model, for classes that are `one_hot` or numbers."""
    made = model_layers(arm)
    lines = _sequential(made, arm, printed) if _is_sequence(made) else _functional(made, arm, printed)
    compiled = Call(
        "model.compile",
        optimizer=optimizer(arm, train_rows),
        loss=loss(arm, one_hot=one_hot),
        metrics=[metric(arm.dataset)],
    )
    lines.append(f"    {_without_module(printed, compiled)}")
    words = "; ".join(arm.describe()) or "nothing is constrained"
    doc = textwrap.fill(
        f'"""{_plain(arm.name)}: {_plain(words)}."""', 100, initial_indent="    ", subsequent_indent="    "
    )
    return "\n".join([f"def {name}(seed):", doc, *lines, "    return model\n"])


def _without_module(printed: _Printed, call: Call) -> str:
    """A method's call: its target is no module to import."""
    arguments = [*call.args, *call.kwargs.values()]
    for each in arguments:
        printed(each)
    return source_code(call, 1)


def _is_sequence(made: list[ModelLayer]) -> bool:
    """Whether each layer takes the one before it alone."""
    return all(part.arguments("x", list(part.extra_inputs)) == ("x",) for part in made)


def _sequential(made: list[ModelLayer], arm: ResolvedArm, printed: _Printed) -> list[str]:
    given = Call("keras.Input", tuple(arm.dataset.shape))
    return [f"    model = {printed(Call('keras.Sequential', [given, *(part.code for part in made)]), 1)}"]


def _functional(made: list[ModelLayer], arm: ResolvedArm, printed: _Printed) -> list[str]:
    variables = {"": "given"}
    lines = [f"    given = {printed(Call('keras.Input', tuple(arm.dataset.shape)), 1)}"]
    before = "given"
    for part in made:
        variable = variables[part.name] = part.name if part.name not in {"given", "model", "seed"} else f"{part.name}_"
        arguments = part.arguments(Name(before), [Name(variables[name]) for name in part.extra_inputs])
        call = ", ".join(source_code(list(each) if isinstance(each, list) else each) for each in arguments)
        lines.append(f"    {variable} = {printed(part.code, 1)}({call})")
        before = variable
    return [*lines, f"    model = keras.Model(given, {before})"]


def _settings(training: Training, score: str, balanced: str, *, reducing: bool) -> str:
    """The arguments of `fit`; if any arm has balanced classes, whether this one has; callbacks' arguments."""
    cells: list[Any] = [training.epochs, training.batch_size, _watching(training.early_stopping, score)]
    cells += [training.class_weight is not None] if balanced else []
    cells += [_watching(training.reduce_lr_on_plateau, score)] if reducing else []
    return f"({', '.join(map(source_code, cells))})"


def _watching(watching: Watching | None, score: str) -> Call | None:
    """The arguments of the Keras callback."""
    if watching is None:
        return None
    figure = "loss" if watching.figure == "loss" else score
    own = {name: value for name, value in watching if name not in Watching.model_fields}
    return Call(
        "dict",
        monitor=figure if watching.watch == "train" else f"val_{figure}",
        mode="min" if watching.figure == "loss" else "max",
        **own,
    )


def _plain(words: str) -> str:
    """Words as they can stand in a docstring."""
    return words.replace("\\", "/").replace('"', "'")


def _batches(arrays: str) -> str:
    """A function that gives the batches of these arrays."""
    parts = ", ".join(f"{each}[rows]" for each in arrays.split(", "))
    return inspect.cleandoc(
        f'''
    def batches({arrays}, batch_size, seed, epochs):
        """The training rows in batches, in an order of its own in each epoch."""

        def drawn():
            for epoch in range(epochs):
                order = batch_order(seed, epoch, 1, len(x))[0]
                for start in range(0, len(x), batch_size):
                    rows = order[start : start + batch_size]
                    yield {parts}

        signature = tuple(tf.TensorSpec((None, *each.shape[1:]), each.dtype) for each in ({arrays}))
        return tf.data.Dataset.from_generator(drawn, output_signature=signature)
    '''
    )


def _run(score: str, sets: list[str], *, validation: bool, weighted: bool, balanced: str, reducing: bool) -> str:
    watched = "(validation_x, validation_y)" if validation else "(test_x, test_y)"
    shown = "validation" if validation else "test"
    replicate, replicates = ("draw, seed", "REPLICATES") if sets else ("seed", "SEEDS")
    said = "draw {draw}, seed {seed}" if sets else "seed {seed}"
    loading = f"{', '.join(sets)} = rows_of(draw)\n                    " if sets else ""
    seed = "training_seed(draw, seed)" if sets else "seed"
    arrays = "train_x, train_y, train_weights" if weighted else "train_x, train_y"
    settings = f"epochs, batch_size, stopping{', balanced' if balanced else ''}{', reducing' if reducing else ''}"
    stopping = "[keras.callbacks.EarlyStopping(**stopping)] if stopping else []"
    callbacks = f"({stopping})" if reducing else stopping
    if reducing:
        callbacks += "\n                + ([keras.callbacks.ReduceLROnPlateau(**reducing)] if reducing else [])"
    class_weight = f"\n                class_weight={balanced} if balanced else None," if balanced else ""
    first = f"{'(draw, seed)' if sets else 'seed'} == {replicates}[0]"
    return inspect.cleandoc(
        rf'''
        def run(arm, seed):
            """Trains one arm with one seed; gives the model, its history and its figures on both sets."""
            {settings} = TRAINING[arm]
            model = ARMS[arm](seed)
            history = model.fit(
                batches({arrays}, batch_size, seed, epochs),
                steps_per_epoch=-(-len(train_x) // batch_size),
                epochs=epochs,
                validation_data={watched},
                validation_batch_size={EVALUATION_BATCH},{class_weight}
                callbacks={callbacks},
                shuffle=False,
                verbose=0,
            ).history
            train = model.evaluate(train_x, train_y, batch_size={EVALUATION_BATCH}, verbose=0, return_dict=True)
            test = model.evaluate(test_x, test_y, batch_size={EVALUATION_BATCH}, verbose=0, return_dict=True)
            return model, history, train, test


        if __name__ == "__main__":
            figure, axes = plt.subplots(1, len(ARMS), figsize=(5 * len(ARMS), 4), sharey=True, squeeze=False)
            for number, (axis, arm) in enumerate(zip(axes[0], ARMS), 1):
                for {replicate} in {replicates}:
                    {loading}model, history, train, test = run(arm, {seed})
                    print(
                        f"{{arm}}, {said}: "
                        f"train {score} {{train['{score}']:.6f}}, test {score} {{test['{score}']:.6f}}, "
                        f"train loss {{train['loss']:.6f}}, test loss {{test['loss']:.6f}}",
                        flush=True,
                    )
                    if {first}:
                        np.savez(f"{{number}}_" + re.sub(r"\W+", "_", arm) + ".npz", *model.get_weights())
                    axis.plot(history["{score}"], "C0-", label="train" if {first} else None)
                    axis.plot(history["val_{score}"], "C1--", label="{shown}" if {first} else None)
                axis.set(title=arm, xlabel="epoch", ylabel="{score}")
                axis.legend()
            figure.tight_layout()
            figure.savefig("curves.png")
        '''
    )
