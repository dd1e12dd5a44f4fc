"""The report: one page that needs no network, tells what the API tells, and takes nothing that was typed for HTML."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from app.presets import PRESETS
from tests.service import PATIENCE

NAME = "Two </script><script>document.title='broken'</script> moons & more"


@pytest.fixture(scope="module")
def report(service: object, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], Path]:
    """A small study's verdict, and its report as a file."""
    from tests.service import Service

    assert isinstance(service, Service)
    body = PRESETS["study"].experiment.model_dump(mode="json")
    body |= {"name": NAME, "seeds": [1, 2, 3], "training": {"epochs": 300}}
    body["arms"][1]["name"] = "<b>unit</b> norm"
    with service.client() as client:
        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
        client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
        answer = client.get(f"/api/experiments/{id}/export/report.html").raise_for_status()
        verdict = client.get(f"/api/experiments/{id}/verdict").raise_for_status().json()
        assert client.get("/api/experiments/nothing/export/report.html").status_code == 404
    assert answer.headers["content-disposition"].endswith('.html"')
    assert len(answer.content) < 6_000_000
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_bytes(answer.content)
    return verdict, file


def test_it_opens_from_a_file_without_a_network(report: tuple[dict[str, object], Path], browser: Browser) -> None:
    verdict, file = report
    with browser.new_context(offline=True, viewport={"width": 1100, "height": 900}) as context:
        page = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 5")
        text = page.locator("body").inner_text()
        assert page.title() == NAME, "what was typed is text"
        for arm in verdict["arms"]:  # type: ignore[attr-defined]
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
