"""Estimates compared with arithmetic by hand, and refusals of experiments that are too large."""

from __future__ import annotations

import math
from typing import Any

import httpx
import pytest

from app.estimate import KERNELS, SLOTS, XLA, admit, admit_suite, cost, duration, estimate, size, together
from app.presets import PRESETS, TUTORIAL
from app.presets.suites import SUITE_PRESETS
from core.catalog.layers import Layer
from core.experiment.experiment import Experiment, resolve
from core.experiment.suite import resolve_suite
from core.ledger import connect
from core.problems import Invalid
from core.settings import Settings
from tests.conftest import StartService
from tests.families import FAMILIES
from tests.service import wait_until


def experiment(**changes: Any) -> Experiment:
    """One arm of two moons, 30 rows to train and 70 to test, with other fields where given."""
    body = {"dataset": {"kind": "moons"}, "split": {"train": 30}, "network": {"layers": []}, **changes}
    return Experiment.model_validate(body)


def layer(body: dict[str, Any]) -> Layer:
    made: Layer = experiment(network={"layers": [body]}).network.layers[0]
    return made


@pytest.mark.parametrize(
    ("body", "shape", "adds"),
    [
        ({"kind": "dense", "units": 5}, (3,), 4 * 5),
        ({"kind": "dense", "units": 5}, (7, 3), 7 * 4 * 5),
        ({"kind": "einsum_dense", "equation": "abc,bd->adc", "units": 5}, (7, 3), (7 * 5 + 5) * 3),
        ({"kind": "conv2d", "filters": 4, "kernel_size": 3}, (8, 8, 2), 36 * (9 * 2 + 1) * 4),
        ({"kind": "conv2d", "filters": 4, "kernel_size": 3, "strides": 2}, (8, 8, 2), 9 * (9 * 2 + 1) * 4),
        ({"kind": "conv1d_transpose", "filters": 4, "kernel_size": 3, "strides": 2}, (8, 2), 8 * (3 * 2 + 1) * 4),
        ({"kind": "lstm", "units": 4}, (10, 3), 10 * 4 * 4 * (3 + 4 + 1)),
        ({"kind": "bidirectional", "cell": "simple_rnn", "units": 4}, (10, 3), 2 * 10 * 4 * (3 + 4 + 1)),
        ({"kind": "conv_lstm1d", "filters": 4, "kernel_size": 3}, (5, 8, 2), 5 * 6 * 16 * (3 * 2 + 3 * 4 + 1)),
        ({"kind": "embedding", "input_dim": 1000, "output_dim": 8}, (6,), 6 * 8),
        ({"kind": "multi_head_attention", "num_heads": 2, "key_dim": 4}, (5, 3), 5 * (3 * 3 * 8 + 24 + 24 + 3) + 400),
        ({"kind": "flatten"}, (4, 4), 0),
    ],
)
def test_multiply_adds_are_those_counted_by_hand(body: dict[str, Any], shape: tuple[int, ...], adds: int) -> None:
    made = layer(body)
    assert made.multiply_adds(shape, made.output_shape(shape)) == adds


def test_every_family_has_a_cost() -> None:
    for body in FAMILIES.values():
        for arm in resolve(Experiment.model_validate(body)):
            made = cost(arm)
            assert min(made.compile, made.epoch, made.end, made.bytes) > 0


def test_an_epochs_work_grows_with_what_it_does() -> None:
    def epoch(**changes: Any) -> float:
        layers = [{"kind": "dense", "units": 2000}, {"kind": "dense", "units": 2000}]
        (arm,) = resolve(experiment(**{"network": {"layers": layers}, **changes}))
        return cost(arm).epoch

    twice = {"dataset": {"kind": "moons", "n_samples": 200}, "split": {"train": 60}}
    assert epoch(**twice, training={"batch_size": 60}) == pytest.approx(2 * epoch(), rel=0.2)
    moved = epoch(split={"train": 60}, training={"batch_size": 64}) / epoch(training={"batch_size": 64})
    assert moved == pytest.approx((3 * 60 + 40) / (3 * 30 + 70), rel=0.05), "going back takes twice as long again"
    thin = {"network": {"layers": [{"kind": "dense", "units": 20}, {"kind": "dense", "units": 20}]}}
    assert epoch(**thin) < epoch() / 100
    assert epoch(training={"batch_size": 1}) - epoch() > 29 * 6 * XLA.variable, "each batch is an update"


def test_who_trains_by_kernels_pays_for_them() -> None:
    dropout = {"layers": [{"kind": "dense", "units": 8}, {"kind": "dropout", "rate": 0.5}]}
    (by_kernels,) = resolve(experiment(network=dropout))
    (by_xla,) = resolve(experiment(network={"layers": dropout["layers"][:1]}))
    assert not by_kernels.xla
    assert cost(by_kernels).epoch > 4 * KERNELS.variable > 2 * cost(by_xla).epoch


def test_programs_are_compiled_once_and_slots_share_the_work() -> None:
    limit = {"kind": "max_norm", "max_value": 1.0}
    arms = [
        {"name": f"{value}", "changes": {"output": {"kernel_constraint": {**limit, "max_value": value}}}}
        for value in (1.0, 2.0, 3.0)
    ]
    body = experiment(arms=[{"name": "baseline"}, *arms], repeats=5, training={"epochs": 100})
    made = estimate(body, resolve(body))
    assert (made.runs, made.epochs, made.programs) == (20, 2000, 2)
    costs = {arm.program(): cost(arm) for arm in resolve(body)}
    own, limited = costs.values()
    runs = 5 * (100 * own.epoch + own.end) + 15 * (100 * limited.epoch + limited.end)
    assert made.work == pytest.approx(own.compile + limited.compile + runs + own.frames + 3 * limited.frames)
    assert estimate(body, resolve(body), 1).seconds == pytest.approx(made.work)
    assert made.seconds == pytest.approx(made.work / SLOTS)
    alone = experiment(training={"epochs": 100})
    assert estimate(alone, resolve(alone), 8).seconds == estimate(alone, resolve(alone), 1).seconds, "one run, one slot"


def test_memory_is_of_rows_weights_and_activations() -> None:
    def held(**changes: Any) -> int:
        body = experiment(**changes)
        return estimate(body, resolve(body)).bytes

    wide = {"layers": [{"kind": "dense", "units": 4096}, {"kind": "dense", "units": 4096}]}
    assert held(network=wide) > 4 * 4 * 4096**2, "weights, gradients and two moments"
    stopped = {"early_stopping": {"watch": "train"}}
    assert held(network=wide, training=stopped) - held(network=wide) == pytest.approx(4 * 4096**2, rel=0.01)
    long = {"kind": "noisy_sines", "steps": 64}
    assert held(dataset={**long, "n_samples": 20_000}, network={"layers": [{"kind": "flatten"}]}) > 40_000 * 64 * 4


def test_presets_are_told_as_long_as_they_were_seen_to_take() -> None:
    """Seconds on two idle slots, cold, as measured by `benchmarks.estimate` and in minima of one thread."""
    for name, (low, high) in {"tutorial": (1, 5), "study": (5, 25), "lstm": (2, 9), "conv2d": (1, 5)}.items():
        body = PRESETS[name].experiment
        assert low < estimate(body, resolve(body)).seconds < high, name


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.01, "0.1 s"), (0.44, "0.4 s"), (9.6, "10 s"), (12.3, "12 s"), (41, "40 s"), (200, "3 min"), (3599, "1 h"),
     (5000, "1 h 20 min"), (40_000, "11 h"), (604_800, "7 days")],
)  # fmt: skip
def test_a_time_has_honest_digits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_size_has_honest_digits() -> None:
    assert [size(value) for value in (800e3, 12.4e6, 999.6e6, 1.34e9)] == ["800 kB", "12 MB", "1.0 GB", "1.3 GB"]


def refused(body: Experiment, **limits: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(Invalid) as raised:
        admit(body, resolve(body), Settings(**limits))
    return {problem.location: problem.message for problem in raised.value.problems}


@pytest.mark.fault(16, "an experiment beyond the limits")
def test_what_is_too_much_is_refused_at_its_place_with_both_figures() -> None:
    own = {"name": "long", "changes": {"training": {"epochs": 300}, "layers": {"a": {"units": 70}}}}
    layers = [{"kind": "dense", "name": "a", "units": 50}, {"kind": "dense", "name": "b", "units": 60}]
    body = experiment(network={"layers": layers}, training={"epochs": 200}, arms=[{"name": "base"}, own], repeats=3)
    assert admit(body, resolve(body), Settings()).runs == 6
    found = refused(body, lab_max_runs=5)
    assert found[("seeds",)].startswith("6 runs are too many here")
    assert "5 runs" in found[("seeds",)]
    assert "2 layers" in refused(body, lab_max_depth=1)[("network", "layers")]
    found = refused(body, lab_max_epochs=150)
    assert set(found) == {("training", "epochs"), ("arms", 1, "changes", "training", "epochs")}
    assert "300 epochs" in found[("arms", 1, "changes", "training", "epochs")]
    assert "at most 150" in found[("training", "epochs")]
    found = refused(body, lab_max_width=55)
    assert set(found) == {("network", "layers", 1, "units"), ("arms", 1, "changes", "layers", "a", "units")}
    assert "1.0 kB" in refused(body, lab_max_memory=1000)[("network", "layers")]
    assert (
        "10 s"
        in refused(TUTORIAL.experiment.model_copy(update={"seeds": list(range(60))}), lab_max_seconds=10)[
            ("training", "epochs")
        ]
    )


def test_the_service_tells_what_an_experiment_comes_to(client: httpx.Client) -> None:
    body = TUTORIAL.experiment.model_dump(mode="json")
    told = client.post("/api/estimate", json=body).raise_for_status().json()
    assert told == client.post("/api/experiments/check", json=body).raise_for_status().json()["estimate"]
    assert (told["runs"], told["epochs"], told["programs"]) == (4, 16_000, 4)
    assert told["words"] == f"about {duration(told['seconds'])}, {size(told['bytes'])}"
    body["network"]["layers"][0]["units"] = 0
    answer = client.post("/api/estimate", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == ["network", "layers", 0, "units"]
    assert client.post("/api/experiments/check", json=body).json()["estimate"] is None


@pytest.mark.fault(11, "Redis nearly at its memory's limit")
@pytest.mark.fault(16, "an experiment beyond the limits")
def test_a_full_redis_takes_nothing_new_and_finishes_what_runs(start_service: StartService) -> None:
    service = start_service(LAB_CONCURRENCY="1", LAB_MAX_EPOCHS="60000")
    body = TUTORIAL.experiment.model_dump(mode="json")
    body |= {"arms": body["arms"][:1], "training": {**body["training"], "epochs": 60_000}}
    redis = connect(service.redis.url)
    with service.client() as client:
        too_long = {**body, "training": {**body["training"], "epochs": 60_001}}
        answer = client.post("/api/experiments", json=too_long)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["location"] == ["training", "epochs"]
        assert "60,001" in error["message"]
        assert client.post("/api/experiments/check", json=too_long).json()["problems"] == [error]
        assert client.get("/api/experiments").json()["experiments"] == []

        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
        wait_until(lambda: client.get(f"/api/experiments/{id}").json()["runs"][0]["epochs_done"] > 0, "it runs")
        used = int(redis.info("memory")["used_memory"])
        redis.config_set("maxmemory", int(used * 1.08))
        answer = client.post("/api/experiments", json=body)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Redis is nearly full" in answer.json()["detail"]
        assert "MB" in answer.json()["detail"]
        assert [each["id"] for each in client.get("/api/experiments").json()["experiments"]] == [id]

        wait_until(lambda: client.get(f"/api/experiments/{id}").json()["status"] == "finished", "it finishes")
        redis.config_set("maxmemory", used * 4)
        assert client.post("/api/experiments", json={**body, "training": {"epochs": 1}}).status_code == 201
    redis.close()


def test_a_suite_is_estimated_and_limited_as_a_whole() -> None:
    suite = SUITE_PRESETS["max-norm-in-regression"].suite
    made = [estimate(each.experiment, each.arms) for each in resolve_suite(suite)]
    whole = together(made, 2)
    assert whole.work == pytest.approx(sum(each.work for each in made))
    assert whole.seconds == pytest.approx(whole.work / 2)
    assert (whole.runs, whole.bytes) == (120, max(each.bytes for each in made))
    assert together(made, 1000).seconds == max(each.seconds for each in made), "a run has one slot"
    admit_suite(made, Settings(lab_max_seconds=math.ceil(whole.work)))
    with pytest.raises(Invalid) as caught:
        admit_suite(made, Settings(lab_max_seconds=math.floor(whole.work)))
    assert [problem.location for problem in caught.value.problems] == [("datasets",)]
