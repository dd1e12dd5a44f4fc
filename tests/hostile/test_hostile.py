"""Hostile requests: each is refused soon, in a sentence, without a 500 and without much memory."""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx
import pytest
import redis

from core.task_queue import TASK_NAME, wake_up_queue
from tests.core.catalog.datasets.table_files import workbook
from tests.faults.report import FULL, Tell
from tests.service import PATIENCE, Service, wait_until

SECONDS: Final = 1.0
GROWTH: Final = 50_000_000
"""Bytes that the API's process may grow by while it answers, at its highest."""

Body = Callable[[], bytes | Iterator[bytes]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab without workers, so that its memory is moved by nothing else. Its first request is behind it."""
    settings = {"LAB_POST_RATE": "100000", "LAB_UPLOAD_RATE": "1000", "LAB_UPLOAD_LIMIT": "20000000"}
    running = Service(tmp_path_factory.mktemp("lab"), settings, workers=0)
    with running.client() as client:
        body = client.get("/api/presets/tutorial").json()["experiment"]
        client.post("/api/experiments/check", json=body).raise_for_status()
        client.post("/api/datasets/preview", json={"dataset": body["dataset"]}).raise_for_status()
        for name, table in (("a.csv", b"a,b\n1,x\n2,y\n"), ("a.json", b'[{"a": 1, "b": 2}, {"a": 2, "b": 3}]')):
            file = client.post("/api/datasets/files", params={"name": name}, content=table).raise_for_status().json()
            client.delete(f"/api/datasets/files/{file['id']}").raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def client(lab: Service) -> Iterator[httpx.Client]:
    with lab.client() as opened:
        yield opened


def many(text: str, times: int) -> Body:
    return lambda: (text * times).encode()


def tutorial_with(**changes: Any) -> Body:
    body = {"dataset": {"kind": "moons"}, "network": {"layers": [{"kind": "dense", "units": 4}]}, **changes}
    return lambda: json.dumps(body).encode()


def stream(size: int) -> Body:
    return lambda: (b" " * 65536 for _ in range(size // 65536 + 1))


BODIES: Final[dict[str, Body]] = {
    "NaN": lambda: b'{"dataset": {"kind": "moons", "noise": NaN}}',
    "Infinity": lambda: b'{"seeds": [Infinity], "repeats": -Infinity}',
    "1e400": lambda: b'{"dataset": {"kind": "moons", "noise": 1e400}, "training": {"epochs": 1e400}}',
    "5,000-digit integer": lambda: b'{"seeds": [' + b"7" * 5000 + b"]}",
    "900,000-digit integer": lambda: b'{"seeds": [' + b"7" * 900_000 + b"]}",
    "4,000-digit seed": lambda: b'{"seeds": [' + b"7" * 4000 + b"]}",
    "50,000 arrays deep": lambda: b"[" * 50_000 + b"]" * 50_000,
    "50,000 objects deep": lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "900 objects deep": lambda: b'{"name":' * 900 + b"1" + b"}" * 900,
    "changes 900 deep": lambda: b'{"arms": [{"changes": ' + b'{"layers":' * 900 + b"1" + b"}" * 900 + b"}]}",
    "100,000 unknown fields": lambda: json.dumps({f"f{number}": 1 for number in range(70_000)}).encode(),
    "many unknown fields in many arms": lambda: json.dumps(
        {"arms": [{"name": f"{a}", **{f"f{number}": 1 for number in range(90)}} for a in range(900)]}
    ).encode(),
    "changes of 60,000 layers": lambda: json.dumps(
        {"arms": [{"name": "a", "changes": {"layers": {f"f{number}": 1 for number in range(60_000)}}}]}
    ).encode(),
    "60,000 changes": lambda: json.dumps(
        {"arms": [{"name": "a", "changes": {f"f{number}": 1 for number in range(60_000)}}]}
    ).encode(),
    "60,000 changes of training": tutorial_with(
        arms=[{"name": "a", "changes": {"training": {f"f{number}": 1 for number in range(60_000)}}}]
    ),
    "300,000 wrong seeds": lambda: b'{"seeds": [' + b'"a",' * 240_000 + b"0]}",
    "300,000 seeds": lambda: b'{"seeds": [' + b"1," * 450_000 + b"1]}",
    "100,000 arms": lambda: b'{"arms": [' + b'{"name":"a"},' * 70_000 + b'{"name":"a"}]}',
    "100,000 layers": lambda: b'{"network": {"layers": [' + b'{"kind":"x"},' * 70_000 + b'{"kind":"x"}]}}',
    "300,000 empty layers": lambda: b'{"network": {"layers": [' + b"{}," * 300_000 + b"{}]}}",
    "one key 900,000 long": lambda: b'{"' + b"k" * 900_000 + b'": 1}',
    "a kind 900,000 long": lambda: b'{"dataset": {"kind": "' + b"k" * 900_000 + b'"}}',
    "a name 900,000 long": lambda: b'{"name": "' + b"k" * 900_000 + b'"}',
    "lone surrogates": lambda: b'{"name": "\\ud800", "tags": ["\\udfff"]}',
    "zero bytes": lambda: b'{"name": "a\\u0000b"}',
    "bytes of zero": many("\0", 500_000),
    "not UTF-8": lambda: b'{"name": "\xff\xfe"}',
    "UTF-16": lambda: '{"name": "a"}'.encode("utf-16"),
    "a list": lambda: b"[]",
    "a number": lambda: b"1",
    "null": lambda: b"null",
    "nothing": lambda: b"",
    "half an object": lambda: b'{"name": ',
    "900,000 open brackets": many("[", 900_000),
    "200 MB": stream(200_000_000),
    "200 MB in chunks": stream(200_000_000),
    "__proto__": lambda: b'{"__proto__": {"a": 1}, "__class__": "x", "constructor": 1}',
}


def within_bounds(lab: Service, tell: Tell, send: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, which was fast, took no memory, and is no fault."""
    lab.api.forget_highest()
    before, used = lab.api.memory(), lab.api.used()
    begun = time.perf_counter()
    answer = send()
    # Beside other tests the clock tells of them too: then the API's own time is what counts.
    seconds = time.perf_counter() - begun if FULL else lab.api.used() - used
    growth = lab.api.memory("VmHWM") - before
    tell("answered after", seconds, "s")
    tell("memory", growth / 1e6, "MB more")
    assert answer.status_code < 500, answer.text[:300]
    assert seconds < SECONDS
    assert growth < GROWTH
    assert len(answer.content) < 100_000
    return answer


@pytest.mark.fault(14, "hostile bodies")
@pytest.mark.parametrize("path", ["/api/experiments", "/api/experiments/check", "/api/datasets/preview"])
@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_refused(lab: Service, client: httpx.Client, tell: Tell, name: str, path: str) -> None:
    body = BODIES[name]()
    headers = {"content-type": "application/json", **({"content-length": "200015872"} if name == "200 MB" else {})}
    answer = within_bounds(lab, tell, lambda: client.post(path, content=body, headers=headers))
    if path.endswith("/check") and answer.status_code == 200:
        assert answer.json()["problems"]
    else:
        assert answer.status_code in {400, 413, 422}
        assert len(answer.json()["detail"]) > 10
        assert answer.json()["detail"].isprintable()


@pytest.mark.fault(14, "hostile bodies")
def test_nothing_of_that_was_kept(client: httpx.Client) -> None:
    assert client.get("/api/experiments").json() == {"experiments": [], "unreadable": [], "next_cursor": None}


def zipped(name: str, content: bytes, *more: str) -> bytes:
    """A zip of that file, and of empty ones."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, content)
        for each in more:
            archive.writestr(each, b"")
    return file.getvalue()


def far_workbook() -> bytes:
    """A workbook with two cells, one in the last row and column that there can be."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["a", "b"], [1, 2]]))) as given, zipfile.ZipFile(made, "w") as other:
        for each in given.infolist():
            other.writestr(each.filename, given.read(each).replace(b'r="B2"', b'r="XFD1048576"'))
    return made.getvalue()


TABLES: Final[dict[str, Body]] = {
    "20 MB of commas": many(",", 19_999_999),
    "20 MB of quotes": many('"', 19_999_999),
    "20 MB of line ends": many("\n", 19_999_999),
    "20 MB of carriage returns": many("\r", 19_999_999),
    "20 MB of one field": many("a", 19_999_999),
    "a quoted field of 19 MB": lambda: b'a,b\n1,"' + b"x" * 19_000_000 + b'"\n3,4\n',
    "a quoted field of 9 million lines": lambda: b'a,b\n1,"' + b"x\n" * 9_000_000 + b'"\n3,4\n',
    "a row of 4 million quoted fields": lambda: b"a,b\n" + b'"x\n",' * 3_900_000 + b"\n3,4\n",
    "100,000 columns": lambda: b"\n".join([b",".join(b"c%d" % number for number in range(100_000))] * 3),
    "more than 20,000,000 values": lambda: b",".join([b"a"] * 9_999) + b",b\n" + b"\n" * 9_000_000,
    "a bad row after 400,000 values": lambda: b"a,b\n" + b"1,2\n" * 200_000 + b"3\n",
    "zero bytes": lambda: b"a,b\n1,2\n3,\0\n",
    "20 MB of zero bytes": many("\0", 19_999_999),
    "UTF-16": lambda: "a,b\n1,2\n3,4\n".encode("utf-16-le"),
    "zip": lambda: b"PK\x03\x04" + bytes(range(256)) * 1000,
    "gzip": lambda: b"\x1f\x8b\x08\x00" + bytes(range(256)) * 1000,
    "a gzip bomb of 1 GB": lambda: gzip.compress(bytes(1_000_000_000), 1),
    "a zip bomb of 1 GB": lambda: zipped("a.csv", bytes(1_000_000_000)),
    "a workbook that is none": lambda: zipped("xl/workbook.xml", b"<workbook/>", "[Content_Types].xml"),
    "a workbook with a cell far away": lambda: far_workbook(),
    "Parquet with a footer of 2 GB": lambda: b"PAR1" + bytes(1000) + b"\xff\xff\xff\x7fPAR1",
    "Feather with a footer of 2 GB": lambda: b"ARROW1\0\0" + bytes(1000) + b"\xff\xff\xff\x7fARROW1",
    "JSON 100,000 deep": lambda: b'[{"a": ' + b"[" * 100_000,
    "JSON of 1,000,000 digits": lambda: b'[{"a": ' + b"7" * 1_000_000 + b"}]",
    "JSON of 1,000,000 columns": lambda: b"[{" + b",".join(b'"c%d":1' % n for n in range(1_000_000)) + b"}]",
    "ARFF that is none": lambda: b"@relation r\n@attribute a {" + b"x," * 1_000_000 + b"\n@data\n1\n",
    "pickle": lambda: b"\x80\x04\x95\x00\x00cposix\nsystem\n(S'true'\ntR.",
    "infinite numbers": lambda: b"a,b\n1,1e999\n3,4\n" + b"\xff",
    "21 MB": stream(21_000_000),
    "200 MB in chunks": stream(200_000_000),
    "nothing": lambda: b"",
}


@pytest.mark.fault(14, "hostile tables")
@pytest.mark.parametrize("name", TABLES)
def test_hostile_tables_are_refused_and_not_kept(lab: Service, client: httpx.Client, tell: Tell, name: str) -> None:
    body, headers = TABLES[name](), {"content-type": "text/csv"}
    answer = within_bounds(lab, tell, lambda: client.post("/api/datasets/files", content=body, headers=headers))
    assert answer.status_code in {413, 422}
    assert len(answer.json()["detail"]) > 10
    assert not list((lab.data / "datasets" / "uploads").iterdir())


UP: Final = [
    "..",
    "../..",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "....//",
    "..%5c..",
    "%00",
    "a%00b",
    "%ff",
    "*",
    "%25",
    "'",
]


@pytest.mark.fault(15, "paths that lead elsewhere")
def test_paths_lead_nowhere_else(lab: Service, client: httpx.Client) -> None:
    before = sorted(lab.data.rglob("*"))
    for part in UP:
        for path in (
            f"/api/experiments/{part}",
            f"/api/experiments/{part}/events",
            f"/api/experiments/{part}/export/script.py",
            f"/api/datasets/files/{part}",
            f"/api/datasets/files/{part}/content",
            f"/api/presets/{part}",
            f"/assets/{part}",
            f"/{part}",
        ):
            # Sent as it stands: a client would tidy it up.
            url = httpx.URL(lab.url).copy_with(raw_path=path.encode())
            for method in ("GET", "DELETE", "POST"):
                answer = client.request(method, url)
                assert answer.status_code in {200, 307, 400, 404, 405, 422, 503}, f"{method} {path}"
                assert "root:" not in answer.text
    assert sorted(lab.data.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "\0.csv", "....", "a\r\nb: c.csv"]
)
@pytest.mark.fault(15, "names that lead elsewhere")
def test_names_lead_nowhere_else(lab: Service, client: httpx.Client, name: str) -> None:
    table = {"content-type": "text/csv"}
    sent = client.post("/api/datasets/files", params={"name": name}, content=b"a,b\n1,2\n3,4\n", headers=table)
    assert sent.status_code == 201
    view = sent.json()
    assert re.fullmatch(r"[\w. -]+\.csv", view["name"])
    kept = {path.name for path in (lab.data / "datasets" / "uploads").iterdir()}
    assert kept == {f"{view['id']}.{ending}" for ending in ("json", "parquet", "source")}
    content = client.get(f"/api/datasets/files/{view['id']}/content")
    assert view["name"] in unquote(content.headers["content-disposition"])
    for file in ("../../../etc/passwd", f"../uploads/{view['id']}", "/etc/passwd", f"{view['id']}.csv"):
        body = {"dataset": {"kind": "table", "file": file, "target": "b"}}
        refused = client.post("/api/datasets/preview", json=body)
        assert refused.status_code == 422, refused.text
    assert client.delete(f"/api/datasets/files/{view['id']}").status_code == 204


@pytest.mark.fault(15, "pickled messages in the queue")
def test_a_pickled_message_is_not_read(service: Service, tmp_path: Path) -> None:
    """Access to Redis lets one enqueue wake-ups, and no more."""
    victim = tmp_path / "written"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (victim,)

    with redis.Redis.from_url(service.redis.url) as connection, service.client() as client:
        evil = pickle.dumps(((Evil(),), {}, {}))
        for content_type in ("application/x-python-serialize", "application/json", "application/x-yaml", "text/plain"):
            message = {
                "body": base64.b64encode(evil).decode(),
                "content-encoding": "binary",
                "content-type": content_type,
                "headers": {"lang": "py", "task": TASK_NAME, "id": "evil", "argsrepr": "", "kwargsrepr": ""},
                "properties": {
                    "body_encoding": "base64",
                    "correlation_id": "evil",
                    "delivery_mode": 2,
                    "delivery_tag": f"evil-{content_type}",
                    "delivery_info": {"exchange": "", "routing_key": wake_up_queue()},
                },
            }
            connection.lpush(wake_up_queue(), json.dumps(message))
        before = client.get("/api/experiments").json()["experiments"]
        body = client.get("/api/presets/tutorial").json()["experiment"]
        body["training"]["epochs"] = 50
        posted = client.post("/api/experiments", json=body).raise_for_status().json()["id"]

        # What comes after them in the queue is trained: they were read, refused, and thrown away.
        def finished() -> bool:
            return bool(client.get(f"/api/experiments/{posted}").json()["status"] == "finished")

        wait_until(finished, "What was posted after is trained")
        assert not victim.exists()
        client.delete(f"/api/experiments/{posted}").raise_for_status()
        assert client.get("/api/experiments").json()["experiments"] == before
        wait_until(lambda: connection.llen(wake_up_queue()) == 0, "The queue is empty")
        assert connection.hlen("unacked") == 0
    assert "Refusing to deserialize" in service.worker.log.read_text()


@pytest.mark.fault(13, "an id that is trimmed, still to come, or none")
def test_resuming_from_nowhere(service: Service) -> None:
    """A `Last-Event-ID` is the log's, or it is refused, or all comes again."""
    with service.client() as trained:
        body = trained.get("/api/presets/tutorial").json()["experiment"]
        body["training"]["epochs"] = 50
        path = f"/api/experiments/{trained.post('/api/experiments', json=body).json()['id']}/events"
        whole = trained.get(path, timeout=PATIENCE).text  # trimmed from Redis, once recorded: it comes from the store
        ids = re.findall(r"^id: (\S+)$", whole, re.MULTILINE)
        assert len(ids) > 4

        for last in ("0-0", "0-1", "1-0"):  # before all that there is
            assert re.findall(r"^id: (\S+)$", trained.get(path, headers={"last-event-id": last}).text, re.M) == ids
        later = trained.get(path, headers={"last-event-id": ids[2]}).text
        assert re.findall(r"^id: (\S+)$", later, re.M) == ids[3:]
        for last in ("999999999999999999-0", "999999999999999999-999999999999999999", f"{ids[-1]}9"):
            again = trained.get(path, headers={"last-event-id": last}).text
            assert "event: reset" in again
            assert re.findall(r"^id: (\S+)$", again, re.M) == ids
        for last in (
            "x",
            "1",
            "-",
            "1-",
            "-1-0",
            "1-0-0",
            "1e3-0",
            "1 - 0",
            "٣-٠",
            "9" * 5000 + "-0",
            "\xff",
            "$",
            ">",
            "*",
        ):
            for given in ({"headers": {"last-event-id": last.encode("utf-8")}}, {"params": {"after": last}}):
                answer = trained.get(path, **given)
                assert answer.status_code == 400, last
                assert "looks like 1700000000000-0" in answer.json()["detail"]
