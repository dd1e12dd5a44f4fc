"""CSV files over REST: upload, list, download, use and removal."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import numpy as np

from tests.core.catalog.datasets.test_csv_file import FLOWERS
from tests.service import Service, wait_until


def uploaded(client: httpx.Client, content: str | bytes, **query: Any) -> httpx.Response:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post("/api/datasets/files", content=data, params=query, headers={"Content-Type": "text/csv"})


def test_files_are_kept_by_their_content(client: httpx.Client, service: Service) -> None:
    answer = uploaded(client, FLOWERS, name="../My flowers?.csv")
    assert answer.status_code == 201
    view = answer.json()
    assert view["id"] == hashlib.sha256(FLOWERS.encode()).hexdigest()
    assert (view["name"], view["rows"], view["bytes"]) == ("My flowers_.csv", 5, len(FLOWERS.encode()))
    assert answer.headers["location"] == f"/api/datasets/files/{view['id']}"
    assert [(column["name"], column["type"], column["distinct"]) for column in view["columns"]] == [
        ("petal", "number", 5),
        ("colour", "category", 3),
        ("height", "number", 5),
        ("species", "category", 2),
    ]
    assert view["columns"][0]["values"] == ["-10", "1.5", "2.5", "4", "5"]
    assert uploaded(client, FLOWERS, name="again.csv").json()["id"] == view["id"]
    listed = [file for file in client.get("/api/datasets/files").json()["files"] if file["id"] == view["id"]]
    assert [file["name"] for file in listed] == ["again.csv"]
    assert client.get(f"/api/datasets/files/{view['id']}").json() == listed[0]
    content = client.get(f"/api/datasets/files/{view['id']}/content")
    assert content.content == FLOWERS.encode()
    assert 'filename="again.csv"' in content.headers["content-disposition"]
    assert {path.suffix for path in (service.data / "datasets" / "uploads").iterdir()} == {".csv", ".name"}


def test_bad_uploads_are_refused_and_not_kept(client: httpx.Client) -> None:
    before = client.get("/api/datasets/files").json()
    answer = uploaded(client, "a,b\n1,2\n3\n")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == ["row", 3]
    assert answer.json()["detail"].startswith("row → 3: This row has 1 value,")
    form = client.post("/api/datasets/files", files={"file": ("a.csv", FLOWERS)})
    assert form.status_code == 415
    assert "Content-Type: text/csv" in form.json()["detail"]
    assert client.get("/api/datasets/files").json() == before
    for path in ("nope", "0" * 64):
        assert client.get(f"/api/datasets/files/{path}").status_code == 404
        assert client.delete(f"/api/datasets/files/{path}").status_code == 404


def test_large_uploads_have_a_limit_of_their_own(client: httpx.Client) -> None:
    large = "a,b\n" + "1,2\n3,4\n" * 200_000  # more than other bodies may have
    assert uploaded(client, large).status_code == 201
    client.delete(f"/api/datasets/files/{hashlib.sha256(large.encode()).hexdigest()}")
    too_large = uploaded(client, b" " * 20_000_001)
    assert too_large.status_code == 413
    assert "20,000,000 bytes" in too_large.json()["detail"]


def test_previews_and_experiments_of_a_file(client: httpx.Client) -> None:
    rng = np.random.default_rng(0)
    rows = [(x, y, "in" if x * x + y * y < 1 else "out") for x, y in rng.normal(size=(80, 2)).round(3).tolist()]
    text = "x,y,where\n" + "".join(f"{x},{y},{where}\n" for x, y, where in rows)
    file = uploaded(client, text, name="circle.csv").json()["id"]
    dataset = {"kind": "table", "file": file, "target": "where"}
    split = {"train": 0.5, "validation": 0.2, "shuffle": True, "standardize": True}
    preview = client.post("/api/datasets/preview", json={"dataset": dataset, "split": split}).json()
    assert (preview["task"], preview["class_names"], preview["rows"]) == ("binary", ["in", "out"], 80)
    assert preview["sizes"] == {"train": 40, "validation": 16, "test": 24, "holdout": 0}
    assert preview["sample"]["axes"] == ["x", "y"]
    wrong = client.post("/api/datasets/preview", json={"dataset": {**dataset, "target": "Where"}})
    assert wrong.json()["errors"][0]["location"] == ["dataset", "target"]

    body = {
        "dataset": dataset,
        "split": split,
        "network": {"layers": [{"kind": "dense", "units": 4}]},
        "training": {"epochs": 3},
    }
    posted = client.post("/api/experiments", json=body)
    assert posted.status_code == 201, posted.text
    id = posted.json()["id"]

    def ended() -> Any:
        view = client.get(f"/api/experiments/{id}").json()
        return view if view["status"] in {"finished", "failed"} else None

    assert wait_until(ended, "The experiment ends")["status"] == "finished"
    refused = client.delete(f"/api/datasets/files/{file}")
    assert refused.status_code == 409
    assert "remove the experiment first" in refused.json()["detail"]
    assert client.delete(f"/api/experiments/{id}").status_code == 204
    assert client.delete(f"/api/datasets/files/{file}").status_code == 204
    assert client.get(f"/api/datasets/files/{file}").status_code == 404
