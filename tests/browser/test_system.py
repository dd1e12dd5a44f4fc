"""The page of the service's inside, what Run would take, and the log of a run that failed, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.presets import TUTORIAL
from tests.browser.form import field
from tests.service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One slot, and no network."""
    nowhere = dict.fromkeys(["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"], "http://127.0.0.1:9")
    running = Service(tmp_path_factory.mktemp("service"), {**nowhere})
    yield running
    running.stop()


def test_run_says_what_it_would_take(page: Page, service: Service) -> None:
    page.goto(service.url)
    expect(page.get_by_test_id("estimate")).to_contain_text("about 7 s")
    with service.client() as client:
        body = TUTORIAL.experiment.model_dump(mode="json")
        body["training"]["epochs"] = 200_000
        words = client.post("/api/estimate", json=body).json()["words"]
    field(page, "training/epochs").fill("200000")
    expect(page.get_by_test_id("estimate")).to_have_text(words)
    field(page, "training/epochs").fill("0")
    expect(page.get_by_test_id("problems")).to_be_visible()
    expect(page.get_by_test_id("estimate")).to_have_count(0)


def test_the_page_shows_what_runs_where_and_keeps_it_fresh(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/system")
    slots = page.get_by_test_id("slots")
    expect(slots.get_by_role("row")).to_have_count(2)
    expect(slots).to_contain_text("nothing")
    expect(page.get_by_test_id("system")).to_contain_text("nothing waits")
    with service.client() as client:
        body = TUTORIAL.experiment.model_dump(mode="json")
        body["network"]["layers"][0]["units"] = 4096
        body["training"]["epochs"] = 200_000
        id = client.post("/api/experiments", json=body).json()["id"]
        expect(slots).to_contain_text("of 200,000")
        expect(page.get_by_test_id("system")).to_contain_text("3 runs waiting")
        page.get_by_role("link", name=TUTORIAL.experiment.name).click()
        page.wait_for_url(f"**/experiments/{id}")
        client.post(f"/api/experiments/{id}/cancel")
    page.get_by_role("link", name="System").click()
    expect(slots).to_contain_text("nothing")


def test_a_failed_run_shows_its_log(page: Page, service: Service) -> None:
    body = {"dataset": {"kind": "fashion_mnist"}, "split": {"train": 100}, "network": {"layers": [{"kind": "flatten"}]}}
    with service.client() as client:
        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    page.goto(f"{service.url}/experiments/{id}")
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_test_id("failures").locator("pre")).to_contain_text("Traceback (most recent call last):")
