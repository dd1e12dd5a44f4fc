"""The report: one page that needs no network, shows the API's figures, and escapes everything that was typed."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser

from app.api.views import experiment_view
from app.exports.report import document
from app.exports.report.page import moment
from app.presets import PRESETS
from app.store import Store
from core.runs.snapshots import SIDE
from tests.app.exports.conftest import recorded, section, written
from tests.service import PATIENCE, Service

Json = dict[str, Any]

NAME = "Two </script><script>document.title='broken'</script> moons & more"


@dataclass(frozen=True)
class Reported:
    """A finished study as the API gives it, and its report as a file."""

    file: Path
    verdict: Json
    curves: list[Json]
    frames: dict[str, Json]
    """By arm."""


@pytest.fixture(scope="module")
def report(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    body = PRESETS["study"].experiment.model_dump(mode="json")
    body |= {"name": NAME, "seeds": [1, 2, 3], "training": {"epochs": 300}}
    body["arms"][1]["name"] = "<b>unit</b> norm"
    with service.client() as client:
        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
        url = f"/api/experiments/{id}"
        client.get(f"{url}/events", timeout=PATIENCE)
        answer = client.get(f"{url}/export/report.html").raise_for_status()
        verdict, curves = (client.get(f"{url}/{part}").raise_for_status().json() for part in ("verdict", "curves"))
        arms = [arm["name"] for arm in body["arms"]]
        frames = {arm: client.get(f"{url}/frames", params={"arm": arm}).raise_for_status().json() for arm in arms}
        assert client.get("/api/experiments/nothing/export/report.html").status_code == 404
    assert answer.headers["content-disposition"].endswith('.html"')
    assert len(answer.content) < 6_000_000
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_bytes(answer.content)
    return Reported(file, verdict, curves["runs"], frames)


def panels_of(report: Reported, heading: str) -> list[dict[str, list[Json]]]:
    """Each figure under a heading of the page, as its traces by the title that stands over their panel."""
    section = report.file.read_text().partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]
    decoder, figures = json.JSONDecoder(), []
    for part in re.split(r'Plotly\.newPlot\(\s*"[^"]+",\s*', section)[1:]:
        traces, end = decoder.raw_decode(part)
        layout, _ = decoder.raw_decode(part[end:].lstrip(", \n"))
        figure: dict[str, list[Json]] = {}
        for trace in traces:
            x, y = (layout[f"{axis}axis{trace[f'{axis}axis'][1:]}"]["domain"] for axis in "xy")
            (title,) = [
                unescape(each["text"])
                for each in layout["annotations"]
                if x[0] < each["x"] < x[1] and each["y"] == pytest.approx(y[1])
            ]
            figure.setdefault(title, []).append(trace)
        figures.append(figure)
    return figures


def numbers(values: Any) -> np.ndarray:
    """An array as Plotly writes it."""
    if not isinstance(values, dict):
        return np.array(values, float)
    kinds = {"u1": np.uint8, "f8": np.float64, "f4": np.float32, "i1": np.int8, "i2": np.int16, "i4": np.int32}
    flat = np.frombuffer(base64.b64decode(values["bdata"]), kinds[values["dtype"]])
    return flat.reshape([int(each) for each in values.get("shape", str(len(flat))).split(",")])


def test_each_heat_map_is_the_last_boundary_of_its_arm(report: Reported) -> None:
    (figure,) = panels_of(report, "Decision boundaries")
    assert list(figure) == list(report.frames)
    for arm, traces in figure.items():
        boundary = report.frames[arm]["boundary"]
        taken = np.frombuffer(base64.b64decode(boundary["values"]), np.uint8).reshape(-1, SIDE, SIDE)
        assert (taken[0] != taken[-1]).any()
        heat, line, *_ = traces
        assert (heat["type"], line["type"]) == ("heatmap", "contour")
        assert unescape(heat["name"]) == f"{arm}, 0 to 1"
        for trace in (heat, line):
            np.testing.assert_array_equal(numbers(trace["z"]), taken[-1])
            for axis in ("x", "y"):
                low, high = boundary[axis]
                np.testing.assert_allclose(numbers(trace[axis]), np.linspace(low, high, SIDE))
    maps = {numbers(traces[0]["z"]).tobytes() for traces in figure.values()}
    assert len(maps) == 4, "unit norm and min-max norm 1 to 1 are the same"


def test_each_curve_is_the_mean_of_its_arm(report: Reported) -> None:
    score, loss = panels_of(report, "Curves")
    for figure, figures in ((score, ("train_accuracy", "test_accuracy")), (loss, ("train_loss", "test_loss"))):
        assert list(figure) == list(report.frames)
        for arm, traces in figure.items():
            runs = [run for run in report.curves if run["arm"] == arm]
            lines = [trace for trace in traces if trace.get("fill") is None]
            for name, line in zip(figures, lines, strict=True):
                mean, epochs = np.mean([run[name] for run in runs], axis=0), numbers(line["x"]).astype(int)
                assert (epochs[0], epochs[-1]) == (1, 300)
                np.testing.assert_allclose(numbers(line["y"]), mean[epochs - 1], atol=1e-6)


def test_it_opens_from_a_file_without_a_network(report: Reported, browser: Browser) -> None:
    with browser.new_context(offline=True, viewport={"width": 1100, "height": 900}) as context:
        page = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.file.as_uri())
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 5")
        text = page.locator("body").inner_text()
        assert page.title() == NAME, "what was typed is text"
        for arm in report.verdict["arms"]:
            assert arm["sentence"] in text
        for heading in ("Verdict", "Curves", "Overfitting in figures", "Norms of the weights", "Decision boundaries"):
            assert page.get_by_role("heading", name=heading).count() == 1
        assert "min_max_norm" in text, "settings"
        assert "import keras" in text, "script"
        assert page.locator(".heatmaplayer image").count() == 5
        assert page.locator("section b").count() == 0
    assert not complaints
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked), asked


def test_it_tells_of_every_kind_of_experiment(client: httpx.Client) -> None:
    cases: dict[str, dict[str, object]] = {
        "regression": {"training": {"epochs": 20}},
        "conv2d": {"training": {"epochs": 1}},
        "few-labels": {"training": {"epochs": 2}, "seeds": [1, 2]},
    }
    for name, changes in cases.items():
        body = {**PRESETS[name].experiment.model_dump(mode="json"), **changes}
        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
        early = client.get(f"/api/experiments/{id}/export/report.html")
        assert early.status_code == 200, "while it runs, too"
        client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
        page = client.get(f"/api/experiments/{id}/export/report.html").raise_for_status().text
        rest = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
        assert "NaN" not in rest
        assert "<h2>Verdict</h2>" in rest
        assert "Norms of the weights" in rest
        assert ("Decision boundaries" in rest) is False


def test_it_tells_of_each_constraint_whether_it_held(store: Store) -> None:
    def weight(held: bool | None, constraint: str | None = "a limit", norm: float | None = 2.0) -> list[Json]:
        norms = dict.fromkeys(("min", "mean", "max"), norm)
        return [{"layer": "output", "weight": "kernel", "constraint": constraint, "norm": norms, "held": held}]

    told = {
        "free": weight(None, None),
        "yes": weight(True),
        "no": weight(False),
        "rate": weight(None),
        "lost": weight(None, norm=None),
    }
    body = {"arms": [{"name": name} for name in told]}
    source = recorded(store, body, *({"weights": each} for each in told.values()))
    rows = re.findall(r"<tr>(.*?)</tr>", section(written(source, "report.html"), "Norms of the weights"))
    cells = [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows[1:]]
    assert [(arm, held) for arm, _, _, _, held in cells] == [
        ("yes", "held"),
        ("no", "not held"),
        ("rate", "not promised"),
        ("lost", "diverged"),
    ]
    assert cells[0][1:4] == ["output kernel", "a limit", "2.0000 to 2.0000"]
    table = written(source, "table.md").splitlines()
    held = [cell.strip() for cell in table[0].split("|")].index(r"output\_kernel\_held")
    assert [line.split("|")[held].strip() for line in table[2:]] == ["", "yes", "no", "not promised", ""]


def test_a_mean_of_0_is_0_and_a_missing_one_is_missing(store: Store) -> None:
    zero = {"train_score": 0.0, "test_score": 0.0, "train_loss": 1.0, "test_loss": 1.0}
    body = {"arms": [{"name": "nothing right"}, {"name": "lost"}, {"name": "halves"}], "seeds": [1, 2]}
    half = {**zero, "train_score": float(np.float32(65 / 80)), "test_score": float(np.float32(5 / 80))}
    source = recorded(store, body, zero, zero, {}, {}, half, half)
    page = written(source, "report.html")
    rows = re.findall(r"<tr>(.*?)</tr>", section(page, "Overfitting in figures"))[1:]
    cells = [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]
    assert cells[0][:4] == ["nothing right", "0.000 ± 0.000", "0.000 ± 0.000", "0.000 ± 0.000"]
    assert cells[1][:4] == ["lost", "–", "–", "–"]
    assert cells[2][:4] == ["halves", "0.813 ± 0.000", "0.063 ± 0.000", "0.750 ± 0.000"]
    table = [[cell.strip() for cell in line.split("|")] for line in written(source, "table.md").splitlines()]
    column = table[0].index(r"train\_accuracy")
    assert [line[column] for line in table[2:]] == ["0 ± 0", "", "0.8125 ± 0"]


def test_a_model_that_predicts_one_class_only_is_told_of(store: Store) -> None:
    def run(classes: int | None) -> Json:
        return {"test_score": 0.5, "metrics": {"test": {"accuracy": 0.5, "predicted_classes": classes}}}

    body = {"arms": [{"name": "fine"}, {"name": "alone"}], "seeds": [1, 2]}
    source = recorded(store, body, run(2), run(2), run(1), run(2))
    said = section(written(source, "report.html"), "Verdict")
    assert "; it predicts one class only, for all test rows in 1 of 2 seeds" in said
    assert said.count("predicts one class only") == 1
    assert [arm.one_class for arm in experiment_view(source.stored).arms] == [0, 1]
    assert "learnt to tell rows apart" not in source.verdict.headline


def test_models_that_all_predict_one_class_are_told_of_first(store: Store) -> None:
    run = {"test_score": 0.99, "metrics": {"test": {"accuracy": 0.99, "predicted_classes": 1}}}
    verdict = recorded(store, {"arms": [{"name": "a"}, {"name": "b"}]}, run, run).verdict
    assert verdict.arms[0].sentence.endswith("; it predicts one class only, for all test rows")
    assert verdict.headline.startswith("Every model predicts one class only")


def test_the_majority_class_stands_beside_the_scores(store: Store) -> None:
    run = {"train_score": 0.9, "test_score": 0.8, "train_loss": 1.0, "test_loss": 1.0}
    body = {"dataset": {"kind": "breast_cancer"}, "split": {"train": 60, "shuffle": True}, "arms": [{"name": "a"}]}
    source = recorded(store, body, run)
    majority = experiment_view(source.stored).majority
    assert majority is not None
    assert majority.test == pytest.approx(0.62, abs=0.03)
    row = f"always “benign” (majority class)</td><td>{majority.train:.3f}</td><td>{majority.test:.3f}</td>"
    assert row in section(written(source, "report.html"), "Overfitting in figures")
    head, line = written(source, "table.csv").splitlines()
    assert float(dict(zip(head.split(","), line.split(","), strict=True))["majority_test_accuracy"]) == majority.test


def test_numbers_and_dates_are_written_for_people() -> None:
    assert [document._count(1, "seed"), document._count(20_000, "row")] == ["1 seed", "20,000 rows"]
    assert moment(1_795_716_310_000) == "26 November 2026, 18:05 UTC"


def test_an_arms_name_is_no_markup_in_a_chart(store: Store) -> None:
    names = ['<a href="https://evil.example/">Click</a>', "<b>bold</b> & 'quoted'"]
    figures = [{"train_score": 0.9, "test_score": score, "train_loss": 1.0, "test_loss": 1.0} for score in (0.5, 0.6)]
    body = {"arms": [{"name": "baseline"}, *({"name": name} for name in names)], "seeds": [1, 2]}
    page = written(recorded(store, body, *figures, *figures, *reversed(figures)), "report.html")
    decoder = json.JSONDecoder()
    drawn = [decoder.raw_decode(part)[0] for part in re.split(r'Plotly\.newPlot\(\s*"[^"]+",\s*', page)[1:]]
    texts = json.dumps([trace for traces in drawn for trace in traces])
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; 'quoted'" in texts
    assert "<a href" not in texts
    assert "<b>" not in texts
