"""Every state of an experiment as the page tells it, reached on real services with one slot."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.charts import touch
from tests.page_errors import PageErrors
from tests.service import PATIENCE, Service, wait_until

CSV = b"a,b\n" + b"".join(b"%d,%s\n" % (i, b"xy"[i % 2 : i % 2 + 1]) for i in range(40))
FILE = hashlib.sha256(CSV).hexdigest()
BLOBS = {"kind": "blobs", "n_samples": 60}


@pytest.fixture(scope="module")
def one_slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab that trains one run at a time."""
    running = Service(tmp_path_factory.mktemp("one-slot"), {"LAB_CONCURRENCY": "1"})
    yield running
    running.stop()


@pytest.fixture
def client(one_slot: Service) -> Iterator[httpx.Client]:
    """A client of that lab; what a test leaves is removed."""
    with one_slot.client() as opened:
        yield opened
        for each in opened.get("/api/experiments").json()["experiments"]:
            opened.delete(f"/api/experiments/{each['id']}")


def body(epochs: int = 20, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Blobs",
        "dataset": BLOBS,
        "split": {"train": 30},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 4}]},
        "training": {"epochs": epochs},
        "arms": [{"name": "baseline"}, {"name": "no bias", "changes": {"layers": {"hidden": {"use_bias": False}}}}],
        **changes,
    }


def endless(**changes: Any) -> dict[str, Any]:
    """One arm that trains for as long as a test may take."""
    layers = [{"kind": "dense", "name": "hidden", "units": 2048}]
    return body(200_000, arms=[{"name": "baseline"}], network={"layers": layers}, **changes)


def post(client: httpx.Client, posted: dict[str, Any]) -> str:
    answer = client.post("/api/experiments", json=posted)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def view_of(client: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/experiments/{id}").raise_for_status().json()
    return found


def ended(client: httpx.Client, id: str) -> str:
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    return str(view_of(client, id)["status"])


def wait_for_epochs(client: httpx.Client, id: str, epochs: int = 1) -> None:
    wait_until(lambda: view_of(client, id)["runs"][0]["epochs_done"] >= epochs, f"{epochs} epochs are trained")


def show(page: Page, service: Service, id: str, view: str = "curves") -> None:
    page.goto(f"{service.url}/experiments/{id}?view={view}")
    touch(page)


def test_lists_say_that_they_are_empty(page: Page, one_slot: Service, client: httpx.Client) -> None:
    page.goto(f"{one_slot.url}/experiments")
    expect(page.get_by_test_id("no-experiments")).to_contain_text("Nothing has been run yet")
    page.goto(f"{one_slot.url}/suites")
    expect(page.get_by_test_id("no-suites")).to_contain_text("No suite has been run yet")
    id = post(client, body())
    assert ended(client, id) == "finished"
    page.goto(f"{one_slot.url}/experiments")
    expect(page.get_by_role("link", name="Blobs")).to_be_visible()
    page.get_by_test_id("search").fill("nothing of this name")
    expect(page.get_by_test_id("no-experiments")).to_contain_text("No experiment matches")
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("link", name="Blobs")).to_be_visible()


def test_waiting_running_paused_cancelled_tried_again_and_deleted_elsewhere(
    page: Page, one_slot: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    first = post(client, endless())
    wait_for_epochs(client, first)
    second = post(client, endless(seeds=[1, 2]))
    id = post(client, endless(name="The one that is watched"))
    show(page, one_slot, id)
    status, headline = page.get_by_test_id("status").first, page.get_by_test_id("headline")
    expect(status).to_have_text("queued")
    expect(headline).to_have_text("Waiting for a free worker: 2 experiments with 3 runs are before it.")
    client.delete(f"/api/experiments/{second}").raise_for_status()
    expect(headline, "it is asked again").to_contain_text("1 experiment with 1 run is before it")
    client.delete(f"/api/experiments/{first}").raise_for_status()
    expect(status).to_have_text("running")
    expect(headline).to_contain_text("The answer comes with the first results")

    page.get_by_role("button", name="Pause").click()
    expect(status).to_have_text("paused")
    expect(headline).to_contain_text("Paused before the first results")
    page.get_by_role("button", name="Resume").click()
    expect(status).to_have_text("running")
    wait_for_epochs(client, id)
    page.get_by_role("button", name="Cancel").click()
    banner = page.get_by_test_id("state:cancelled")
    expect(banner).to_contain_text("The run was cancelled, at epoch")
    expect(headline, "there will be no answer").to_have_count(0)

    page.get_by_test_id("retry").click()
    expect(status).to_have_text("running")
    expect(banner).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel"), "not the cancel of before").to_be_enabled()
    assert view_of(client, id)["retries"] == 1

    client.delete(f"/api/experiments/{id}").raise_for_status()
    gone = page.get_by_test_id("experiment-gone")
    expect(gone).to_contain_text("deleted elsewhere")
    expect(gone.get_by_role("heading")).to_have_text("The one that is watched")
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    page.reload()
    expect(gone).to_contain_text("There is no experiment at this address")
    gone.get_by_role("link", name="All experiments").click()
    page.wait_for_url("**/experiments")
    page_errors.allow("status of 404")


def test_one_that_has_ended_is_deleted_elsewhere_while_it_is_in_sight(
    page: Page, one_slot: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    id = post(client, body())
    assert ended(client, id) == "finished"
    show(page, one_slot, id)
    expect(page.get_by_test_id("panel:baseline")).to_be_visible()
    client.delete(f"/api/experiments/{id}").raise_for_status()
    expect(page.get_by_test_id("experiment-gone")).to_be_visible()
    page_errors.allow("status of 404")


def test_a_failure_gives_its_reason_first_and_is_tried_again(
    page: Page, one_slot: Service, client: httpx.Client
) -> None:
    client.post("/api/datasets/files", content=CSV, headers={"Content-Type": "text/csv"}).raise_for_status()
    blocking = post(client, endless())
    wait_for_epochs(client, blocking)
    table = {"kind": "table", "file": FILE, "target": "b"}
    id = post(client, body(dataset=table, split={"train": 0.5}))
    show(page, one_slot, id)
    expect(page.get_by_test_id("status").first).to_have_text("queued")
    file = one_slot.data / "datasets" / "uploads" / f"{FILE}.json"
    file.rename(file.with_suffix(".away"))
    client.delete(f"/api/experiments/{blocking}").raise_for_status()
    banner = page.get_by_test_id("state:failed")
    expect(banner.locator("p").first).to_contain_text("There is no such file in the lab")
    expect(banner).to_contain_text("All 2 runs failed")
    expect(page.get_by_test_id("verdict")).to_have_count(0)

    file.with_suffix(".away").rename(file)
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("status").first).to_have_text("finished")
    expect(banner).to_have_count(0)
    expect(page.get_by_test_id("headline")).not_to_contain_text("first results")
    expect(page.get_by_test_id("figures:baseline")).to_contain_text("train")


def test_divergence_is_told_in_panel_verdict_and_table(page: Page, one_slot: Service, client: httpx.Client) -> None:
    layer = {"kind": "dense", "units": 8, "activation": "linear"}
    layers = [{**layer, "name": name} for name in ("hidden", "more", "most")]
    gentle = {"training": {"optimizer": {"kind": "sgd", "learning_rate": 0.01}}}
    training = {"epochs": 12, "optimizer": {"kind": "sgd", "learning_rate": 5.0, "momentum": 0.99}}
    arms = [{"name": "gentle", "changes": gentle}, {"name": "lost"}]
    dataset = {"kind": "moons", "n_samples": 200}
    id = post(client, body(dataset=dataset, network={"layers": layers}, training=training, arms=arms))
    assert ended(client, id) == "finished"
    at = view_of(client, id)["runs"][1]["diverged_at"]
    assert at is not None
    show(page, one_slot, id)
    expect(page.get_by_test_id("panel:lost")).to_contain_text(f"diverged at epoch {at}")
    expect(page.get_by_test_id("verdict:lost")).to_contain_text("iverged")
    page.get_by_test_id("tab:table").click()
    expect(page.get_by_test_id("result:lost")).to_contain_text(f"diverged at epoch {at}")


def test_offline_the_figures_stay_and_it_goes_on_without_a_gap(
    page: Page, one_slot: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    id = post(client, endless())
    wait_for_epochs(client, id, 20)
    show(page, one_slot, id)
    figures = page.get_by_test_id("figures:baseline")
    expect(figures).to_contain_text("epoch")
    one_slot.api.kill()
    offline = page.get_by_test_id("reconnecting")
    expect(offline).to_contain_text("Offline, reconnecting. Figures are as of")
    kept = figures.inner_text()
    assert "train" in kept
    one_slot.api.start()
    one_slot.wait_healthy()
    expect(offline).to_have_count(0)
    expect(figures).not_to_have_text(kept)
    page.get_by_test_id("panel:baseline").locator(".js-plotly-plot .trace").first.wait_for()
    points = """() => document.querySelector('[data-testid="panel:baseline"] .js-plotly-plot').data
      .map(({ x }) => Array.from(x ?? [])).sort((a, b) => b.length - a.length)[0]"""
    drawn = page.evaluate(points)
    assert drawn == sorted(drawn)
    steps = [after - before for before, after in itertools.pairwise(drawn)]
    # The axis has room for all epochs to come: a column of it takes many.
    assert max(steps) <= view_of(client, id)["epochs"] / 100, "no chunk is missing"
    page_errors.allow("net::ERR_")


def test_one_that_ends_while_the_page_is_offline_has_its_answer_afterwards(
    page: Page, one_slot: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    page_errors.allow("net::ERR_", "Failed to load")
    blocking = post(client, endless())
    id = post(client, body())
    show(page, one_slot, id)
    expect(page.get_by_test_id("status").first).to_have_text("queued")
    page.context.set_offline(True)
    offline = page.get_by_test_id("reconnecting")
    expect(offline).to_contain_text("Offline, reconnecting")
    page.get_by_role("button", name="Cancel").click()
    error = page.locator("main header").get_by_role("alert")
    expect(error).to_contain_text("does not answer")
    client.delete(f"/api/experiments/{blocking}").raise_for_status()
    assert ended(client, id) == "finished"
    expect(offline).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_test_id("status").first).to_have_text("finished")
    expect(page.get_by_test_id("progress")).to_contain_text("in ")
    expect(page.get_by_test_id("headline")).not_to_contain_text("answer")
    expect(error).to_have_count(0)
    expect(offline).to_have_count(0)


def test_what_is_not_here_yet_has_its_place(page: Page, one_slot: Service, client: httpx.Client) -> None:
    id = post(client, body())
    assert ended(client, id) == "finished"
    held: list[Route] = []
    released = False

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    page.route(f"**/api/experiments/{id}", hold)
    show(page, one_slot, id)
    loading = page.get_by_test_id("experiment-loading")
    expect(loading).to_be_visible()
    box = loading.bounding_box()
    assert box is not None
    assert box["height"] > 600
    wait_until(lambda: page.wait_for_timeout(20) or held, "the page asks")  # type: ignore[func-returns-value]
    released = True
    for route in held:
        route.continue_()
    expect(page.get_by_test_id("panel:baseline")).to_be_visible()
    expect(loading).to_have_count(0)


def test_views_say_what_is_not_for_this_data_and_promise_nothing_that_never_comes(
    page: Page, one_slot: Service, client: httpx.Client
) -> None:
    layers = [{"kind": "flatten"}]
    blocking = post(client, endless())
    wait_for_epochs(client, blocking)
    images = post(client, body(dataset={"kind": "digits"}, network={"layers": layers}, arms=[{"name": "baseline"}]))
    waiting = post(client, body())
    nothing = page.get_by_test_id("nothing")
    show(page, one_slot, images, "boundary")
    expect(nothing, "it says for which").to_contain_text("Boundaries are drawn for data of two features")
    show(page, one_slot, waiting, "boundary")
    expect(nothing).to_contain_text("No snapshots yet")
    show(page, one_slot, waiting, "weights")
    expect(nothing).to_contain_text("No snapshots yet")
    client.post(f"/api/experiments/{waiting}/cancel").raise_for_status()
    expect(nothing).to_contain_text("No snapshots were kept")
    client.delete(f"/api/experiments/{blocking}").raise_for_status()
    assert ended(client, images) == "finished"
    show(page, one_slot, images, "boundary")
    expect(nothing).to_contain_text("this experiment has none")


def test_an_experiment_that_cannot_be_read_can_be_deleted(
    page: Page, one_slot: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    others = client.get("/api/experiments").json()["experiments"]
    id = post(client, body())
    assert ended(client, id) == "finished"
    with sqlite3.connect(one_slot.data / "lab.sqlite3", timeout=10) as store:
        store.execute("UPDATE experiments SET body = '{}' WHERE id = ?", (id,))
    store.close()
    assert client.get(f"/api/experiments/{id}").status_code == 500
    show(page, one_slot, id)
    told = page.get_by_test_id("experiment-unreadable")
    expect(told.get_by_role("heading")).to_have_text("The lab could not read this experiment")
    expect(told.get_by_role("button", name="Copy details")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_test_id("unreadable")).to_contain_text("1 experiment can’t be read")
    expect(page.get_by_test_id("experiments").get_by_role("link")).to_have_count(len(others))
    show(page, one_slot, id)
    told.get_by_role("button", name="Delete").click()
    page.get_by_test_id("confirm-delete").click()
    page.wait_for_url("**/experiments")
    expect(page.get_by_test_id("no-experiments")).to_be_visible()
    assert client.get(f"/api/experiments/{id}").status_code == 404
    page_errors.allow("status of 500", "status of 404")


def test_an_experiment_on_draws_goes_on_with_more_of_them(page: Page, one_slot: Service, client: httpx.Client) -> None:
    id = post(client, body(epochs=2, split={"train": 30, "draws": 3}, arms=body()["arms"]))
    assert ended(client, id) == "finished"
    show(page, one_slot, id)
    more = page.get_by_test_id("more-draws")
    expect(more).to_have_text("Add 20 draws to every arm")
    more.click()
    expect(page.get_by_test_id("looks")).to_contain_text("Look 2")
    expect(page.get_by_test_id("status").first).to_have_text("finished")
    view = view_of(client, id)
    assert (view["experiment"]["split"]["draws"], view["looks"], len(view["runs"])) == (23, 2, 46)
