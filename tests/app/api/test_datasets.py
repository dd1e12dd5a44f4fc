"""CSV files over REST: upload, list, download, use and removal."""

from __future__ import annotations

import hashlib
import socket
from typing import Any

import httpx
import numpy as np

from tests.app.api.experiments import finished, refused, view_of
from tests.core.catalog.datasets.table_files import workbook
from tests.core.catalog.datasets.uploading import FLOWERS
from tests.service import PATIENCE, Service, wait_until


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
    assert [file["name"] for file in listed] == ["My flowers_.csv"]
    assert client.get(f"/api/datasets/files/{view['id']}").json() == listed[0]
    content = client.get(f"/api/datasets/files/{view['id']}/content")
    assert content.content == FLOWERS.encode()
    assert "filename*=utf-8''My%20flowers_.csv" in content.headers["content-disposition"]
    kept = {path.name for path in (service.data / "datasets" / "uploads").glob(f"{view['id']}.*")}
    assert kept == {f"{view['id']}.{ending}" for ending in ("json", "parquet", "source")}


def test_bad_uploads_are_refused_and_not_kept(client: httpx.Client) -> None:
    before = client.get("/api/datasets/files").json()
    answer = uploaded(client, "a,b\n1,2\n3\n")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == ["row", 3]
    assert answer.json()["detail"].startswith("row → 3: This row has 1 value,")
    workbook_of_then = uploaded(client, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), name="old.xls")
    assert workbook_of_then.status_code == 422
    assert "save it as .xlsx or CSV" in workbook_of_then.json()["detail"]
    form = client.post("/api/datasets/files", files={"file": ("a.csv", FLOWERS)})
    assert form.status_code == 415
    assert "curl --data-binary" in form.json()["detail"]
    assert client.get("/api/datasets/files").json() == before
    for path in ("nope", "0" * 64):
        assert client.get(f"/api/datasets/files/{path}").status_code == 404
        assert client.delete(f"/api/datasets/files/{path}").status_code == 404


def test_large_uploads_have_a_limit_of_their_own(client: httpx.Client) -> None:
    large = "a,b\n" + "1,2\n3,4\n" * 200_000  # more than other bodies may have
    assert uploaded(client, large).status_code == 201
    client.delete(f"/api/datasets/files/{hashlib.sha256(large.encode()).hexdigest()}")
    too_large = uploaded(client, b" " * 200_000_001)
    assert too_large.status_code == 413
    assert "200,000,000 bytes" in too_large.json()["detail"]


def test_a_file_is_read_otherwise_as_another(client: httpx.Client) -> None:
    found = uploaded(client, "1,2\n3,4\n5,6\n", name="plain.csv").json()
    assert (found["rows"], found["reading"]["header"]) == (3, False)
    assert [column["name"] for column in found["columns"]] == ["column 1", "column 2"]
    assert "first row holds values" in found["notes"][0]
    assert found["first_rows"] == [["1", "2"], ["3", "4"], ["5", "6"]]
    reading = f"/api/datasets/files/{found['id']}/reading"
    other = client.post(reading, json={"header": True, "types": {"1": "category"}})
    assert other.status_code == 201
    view = other.json()
    assert view["id"] != found["id"]
    assert other.headers["location"] == f"/api/datasets/files/{view['id']}"
    assert [(column["name"], column["type"]) for column in view["columns"]] == [("1", "category"), ("2", "number")]
    assert client.post(reading, json={"header": True, "types": {"1": "category"}}).json() == view
    for id in (found["id"], view["id"]):
        assert client.get(f"/api/datasets/files/{id}/content").content == b"1,2\n3,4\n5,6\n"
    wrong = client.post(reading, json={"types": {"nope": "number"}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["location"] == ["types", "nope"]
    assert client.post(reading, json={"encoding": "utf-16"}).status_code == 422
    assert client.post(f"/api/datasets/files/{'0' * 64}/reading", json={}).status_code == 404
    assert client.delete(f"/api/datasets/files/{found['id']}").status_code == 204
    assert client.get(f"/api/datasets/files/{view['id']}/content").status_code == 200


def test_a_workbook_with_gaps_is_learnt(client: httpx.Client) -> None:
    rows = [[n % 7 or None, n % 3 * 1.5, "in" if n % 2 else "out"] for n in range(40)]
    view = uploaded(client, workbook([["a", "b", "where"], *rows]), name="mine.xlsx").json()
    assert (view["reading"]["format"], view["reading"]["sheet"], view["columns"][0]["missing"]) == (
        "spreadsheet",
        "Data",
        6,
    )
    dataset = {"kind": "table", "file": view["id"], "target": "where"}
    body = {
        "dataset": dataset,
        "split": {"train": 0.5, "shuffle": True, "standardize": True},
        "network": {"layers": [{"kind": "dense", "units": 4}]},
        "training": {"epochs": 3},
    }
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]

    def ended() -> Any:
        run = client.get(f"/api/experiments/{id}").json()
        return run if run["status"] in {"finished", "failed"} else None

    assert wait_until(ended, "the run")["status"] == "finished"
    script = client.get(f"/api/experiments/{id}/export/script.py").raise_for_status().text
    assert 'read_spreadsheet("mine.xlsx", sheet="Data")' in script
    assert "sklearn.impute.SimpleImputer" in script


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


def test_an_upload_that_is_cancelled_while_it_is_read_is_not_kept(client: httpx.Client, service: Service) -> None:
    rows = "".join(f"{n},{n % 7},{n % 3}\n" for n in range(300_000))
    content, uploads = f"a,b,c\n{rows}".encode(), service.data / "datasets" / "uploads"
    digest = hashlib.sha256(content).hexdigest()
    with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as connection:
        head = (
            f"POST /api/datasets/files?name=gone.csv HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
        )
        connection.sendall(head.encode() + b"\r\n" + content)
        wait_until(lambda: any(part.stat().st_size == len(content) for part in uploads.glob("*.part")), "all has come")
    wait_until(lambda: not [*uploads.glob("*.part"), *uploads.glob(f"{digest}*")], "nothing is left of it")
    kept = client.post("/api/datasets/files", content=content, params={"name": "kept.csv"}).raise_for_status().json()
    assert (kept["id"], kept["name"]) == (digest, "kept.csv")
    assert client.delete(f"/api/datasets/files/{digest}").status_code == 204


def test_a_file_that_changed_is_told_and_takes_nothing_else_with_it(client: httpx.Client, service: Service) -> None:
    ids = [uploaded(client, f"a,b\n{number},x\n2,y\n3,x\n4,y\n").json()["id"] for number in (71, 72)]
    uploads = service.data / "datasets" / "uploads"
    bodies = [
        {
            "dataset": {"kind": "table", "file": id, "target": "b"},
            "split": {"train": 0.5},
            "network": {"layers": [{"kind": "dense", "units": 2}]},
            "training": {"epochs": 1},
        }
        for id in ids
    ]
    posted = finished(client, client.post("/api/experiments", json=bodies[0]).raise_for_status().json()["id"])
    path = uploads / f"{ids[0]}.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:-9] + b"?" + content[-8:])
    answer = client.post("/api/experiments", json=bodies[0])
    refused(answer, 422)
    (problem,) = answer.json()["errors"]
    assert problem["location"] == ["dataset", "file"]
    assert problem["message"].startswith("This file has changed on the lab's disk")
    refused(client.post("/api/datasets/preview", json={key: bodies[0][key] for key in ("dataset", "split")}), 422)
    assert view_of(client, posted["id"])["status"] == "finished"
    assert client.post("/api/experiments/check", json=bodies[1]).json()["problems"] == []

    source = uploads / f"{ids[0]}.source"
    source.write_bytes(b"a,b\n")
    refused(client.get(f"/api/datasets/files/{ids[0]}/content"), 409)
    refused(client.post(f"/api/datasets/files/{ids[0]}/reading", json={"types": {"a": "category"}}), 409)
    (uploads / f"{ids[0]}.json").write_bytes(b"{}")
    refused(client.get(f"/api/datasets/files/{ids[0]}"), 409)
    listed = client.get("/api/datasets/files").raise_for_status().json()
    assert [damaged["id"] for damaged in listed["damaged"]] == [ids[0]]
    assert ids[1] in {file["id"] for file in listed["files"]}

    assert uploaded(client, "a,b\n71,x\n2,y\n3,x\n4,y\n").json()["id"] == ids[0]
    assert client.get("/api/datasets/files").json()["damaged"] == []
    assert finished(client, client.post("/api/experiments", json=bodies[0]).json()["id"])["status"] == "finished"
    (uploads / f"{ids[1]}.json").write_bytes(b"{}")
    assert client.delete(f"/api/datasets/files/{ids[1]}").status_code == 204
    assert [path for path in uploads.iterdir() if ids[1] in path.name] == []
