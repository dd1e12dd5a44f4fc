"""Downloaded data sets: Keras' own loaders, their cache, and errors without a network or a file."""

from __future__ import annotations

import gzip
import hashlib
import logging
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from keras.src.utils import file_utils

from core.catalog.datasets import Cifar10, DataUnavailable, FashionMnist, Imdb, Mnist
from core.settings import settings
from tests.conftest import StartService
from tests.service import Service, wait_until


@pytest.fixture
def lab_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty LAB_DATA for one test, where Keras keeps what it downloads, as in a worker."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


class Host:
    """Stands in for the hosts that Keras downloads from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        monkeypatch.setattr(file_utils, "urlretrieve", self._retrieve)
        monkeypatch.setattr(file_utils, "validate_file", lambda *_, **__: True)  # the made-up files have other hashes

    def _retrieve(self, url: str, target: str, _: Any = None) -> None:
        name = url.rpartition("/")[2]
        self.asked.append(name)
        if name not in self.files:
            raise file_utils.urllib.error.URLError("no route to host")
        Path(target).write_bytes(self.files[name])


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


def npz(folder: Path, **arrays: Any) -> bytes:
    np.savez(folder / "made.npz", **arrays)
    return (folder / "made.npz").read_bytes()


def test_mnist_is_downloaded_once_and_read_as_keras_reads_it(lab_data: Path, host: Host, tmp_path: Path) -> None:
    import keras

    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 256, (9, 28, 28), dtype=np.uint8), rng.integers(0, 10, 9, dtype=np.uint8)
    host.files["mnist.npz"] = npz(tmp_path, x_train=x[:5], y_train=y[:5], x_test=x[5:], y_test=y[5:])
    dataset = Mnist(from_train=5, from_test=4)
    dataset.fetch()
    assert host.asked == ["mnist.npz"]
    assert (lab_data / "datasets" / "mnist.npz").exists()
    data = dataset.load()
    dataset.fetch()
    assert host.asked == ["mnist.npz"]
    (x_train, y_train), (x_test, _) = keras.datasets.mnist.load_data()
    assert np.array_equal(data.x[:5, :, :, 0], x_train.astype(np.float32) / 255)
    assert np.array_equal(data.x[5:, :, :, 0], x_test.astype(np.float32) / 255)
    assert np.array_equal(data.y[:5], y_train)


def test_fashion_mnist_is_read_as_keras_reads_it(lab_data: Path, host: Host) -> None:
    import keras

    rng = np.random.default_rng(2)
    for part, rows in (("train", 6), ("t10k", 4)):
        for name, shape in (
            (f"{part}-images-idx3-ubyte.gz", (rows, 28, 28)),
            (f"{part}-labels-idx1-ubyte.gz", (rows,)),
        ):
            array = rng.integers(0, 10, shape, dtype=np.uint8)
            head = bytes([0, 0, 8, array.ndim]) + np.array(shape, ">u4").tobytes()
            host.files[name] = gzip.compress(head + array.tobytes())
    data = FashionMnist(from_train=6, from_test=4, layout="sequence").load()
    (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    assert np.array_equal(data.x, np.concatenate([x_train, x_test]).astype(np.float32) / 255)
    assert np.array_equal(data.y, np.concatenate([y_train, y_test]))
    again = FashionMnist(from_train=6, from_test=4, layout="sequence").load()
    assert np.array_equal(again.x, data.x)
    assert len(host.asked) == 4


def test_cifar_is_read_as_keras_reads_it(lab_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    folder = lab_data / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    for name in [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]:
        labels = rng.integers(0, 10, 10_000).tolist()
        batch = {b"data": rng.integers(0, 256, (10_000, 3072), dtype=np.uint8), b"labels": labels}
        (folder / name).write_bytes(pickle.dumps(batch))
    dataset = Cifar10(from_train=50_000, from_test=10)
    loaded = dataset.read(lab_data / "datasets")
    monkeypatch.setattr("keras.src.datasets.cifar10.get_file", lambda **_: str(folder.parent))
    theirs = keras.datasets.cifar10.load_data()
    for (our_x, our_y), (their_x, their_y) in zip(loaded, theirs, strict=True):
        assert np.array_equal(our_x, their_x)
        assert np.array_equal(our_y, their_y.ravel())
    few = Cifar10(from_train=20, from_test=10).load()
    assert np.array_equal(few.x[:20], theirs[0][0][:20].astype(np.float32) / 255)


def test_imdb_is_read_as_keras_reads_it(lab_data: Path, host: Host, tmp_path: Path) -> None:
    import keras

    rng = np.random.default_rng(4)
    made: dict[str, Any] = {}
    for part in ("train", "test"):
        made[f"x_{part}"] = np.empty(40, object)
        made[f"x_{part}"][:] = [rng.integers(1, 90, rng.integers(1, 30)).tolist() for _ in range(40)]
        made[f"y_{part}"] = rng.integers(0, 2, 40)
    host.files["imdb.npz"] = npz(tmp_path, **made)
    dataset = Imdb(num_words=50, maxlen=12, from_train=40, from_test=40)
    first, again = dataset.load(), dataset.load()
    assert host.asked == ["imdb.npz"]
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)
    (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=50)
    padded = keras.utils.pad_sequences([*x_train, *x_test], maxlen=12)
    assert np.array_equal(first.x, padded)
    assert np.array_equal(first.y, np.concatenate([y_train, y_test]))


def test_a_download_that_was_cut_off_is_done_again(lab_data: Path, host: Host, tmp_path: Path) -> None:
    x, y = np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8)
    whole = npz(tmp_path, x_train=x, y_train=y, x_test=x, y_test=y)
    host.files["mnist.npz"] = whole
    (lab_data / "datasets").mkdir()
    (lab_data / "datasets" / "mnist.npz").write_bytes(whole[:3000])

    def refused(*_: Any, **__: Any) -> bool:
        return (lab_data / "datasets" / "mnist.npz").read_bytes() == whole

    file_utils.validate_file = refused
    assert len(Mnist(from_train=4, from_test=4).load()) == 8
    assert host.asked == ["mnist.npz"]


def test_processes_that_need_the_same_files_download_them_once(
    lab_data: Path, host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    x, y = np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8)
    host.files["mnist.npz"] = npz(tmp_path, x_train=x, y_train=y, x_test=x, y_test=y)
    caplog.set_level(logging.INFO, "core.catalog.datasets.downloaded")
    threads = [threading.Thread(target=Mnist(from_train=4, from_test=4).load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert host.asked == ["mnist.npz"]
    assert "MNIST: downloading 11 MB" in caplog.text


def test_without_a_network_it_is_said_what_to_place_where(lab_data: Path, host: Host) -> None:
    with pytest.raises(DataUnavailable) as raised:
        Mnist().fetch()
    said = str(raised.value)
    assert "MNIST is not in" in said
    assert "no route to host" in said
    assert said.endswith("(train-images-idx3-ubyte …) in a folder mnist, there")
    for dataset in (FashionMnist(), Cifar10(), Imdb()):
        with pytest.raises(DataUnavailable, match="Without a network, put"):
            dataset.load()


# In a service


def run_of(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """A small experiment's only run, once it has ended."""
    network = {"layers": [{"kind": "flatten"}, {"kind": "dense", "units": 4}]}
    posted = client.post("/api/experiments", json={"network": network, "training": {"epochs": 2}, **body})
    assert posted.status_code == 201, posted.text
    id = posted.json()["id"]

    def ended() -> Any:
        view = client.get(f"/api/experiments/{id}").json()
        return view if view["status"] in {"finished", "failed"} else None

    view = wait_until(ended, "The experiment ends")
    (run,) = view["runs"]
    return dict(run)


def test_a_run_on_the_real_mnist(client: httpx.Client, service: Service, mnist_files: Path) -> None:
    (service.data / "datasets").mkdir(exist_ok=True)
    (service.data / "datasets" / "mnist").symlink_to(mnist_files)
    dataset = {"kind": "mnist", "from_train": 300, "from_test": 100}
    split = {"train": 250, "validation": 50, "label_noise": 0.1}
    preview = client.post("/api/datasets/preview", json={"dataset": dataset, "split": split}).json()
    assert preview["message"] is None
    assert (preview["sample"]["kind"], len(preview["sample"]["pixels"][0])) == ("images", 784)
    run = run_of(client, dataset=dataset, split=split)
    assert run["status"] == "finished"
    assert run["train_accuracy"] > 0.1


def test_runs_whose_data_can_not_be_had_fail_in_a_sentence(start_service: StartService, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"], nowhere)
    service = start_service(1, LAB_CONCURRENCY="1", **proxies)
    with service.client() as client:
        run = run_of(client, dataset={"kind": "fashion_mnist"}, split={"train": 100})
        assert run["status"] == "failed"
        assert run["error"].startswith("Fashion-MNIST is not in")
        assert "Without a network, put the four IDX files" in run["error"]

        # An uploaded file reaches a worker that shares no directory with the API, past the proxies.
        csv = b"a,b\n1,x\n2,y\n3,x\n4,y\n"
        client.post("/api/datasets/files", content=csv, headers={"Content-Type": "text/csv"})
        table = {"kind": "table", "file": hashlib.sha256(csv).hexdigest(), "target": "b"}
        service.worker.stop()
        service.environment["LAB_DATA"] = str(tmp_path / "elsewhere")
        service.add_worker()
        assert run_of(client, dataset=table, split={"train": 0.5})["status"] == "finished"

        # A file that is lost altogether takes neither list nor view along.
        (service.data / "datasets" / "uploads" / f"{table['file']}.json").unlink()
        (newest, *_) = client.get("/api/experiments").json()["experiments"]
        assert client.get(f"/api/experiments/{newest['id']}").json()["status"] == "finished"
