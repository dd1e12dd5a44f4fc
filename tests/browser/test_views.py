"""The views of an experiment in a real browser: tabs, one scrubber for all of them, spread, verdict, exports."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.charts import touch
from tests.browser.form import open_card
from tests.page_errors import PageErrors
from tests.service import PATIENCE, Service, wait_until

ARMS = ("baseline", "unit norm")
CANVAS_VIEWS = ("weights", "boundary")
"""Views drawn on canvases, one for each arm."""

PICTURE = "(canvas) => canvas.toDataURL()"


def moons(epochs: int, seeds: int = 1, units: int = 32) -> dict[str, Any]:
    """Two arms on two moons."""
    unit_norm = {"layers": {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}}}
    return {
        "name": f"Moons, {epochs} epochs",
        "dataset": {"kind": "moons", "n_samples": 100, "noise": 0.2, "random_state": 1},
        "split": {"train": 30, "shuffle": False},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": units, "activation": "relu"}]},
        "training": {"epochs": epochs},
        "seeds": list(range(1, seeds + 1)),
        "arms": [{"name": "baseline"}, {"name": "unit norm", "changes": unit_norm}],
    }


def post(client: httpx.Client, body: dict[str, Any]) -> str:
    answer = client.post("/api/experiments", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def finished(client: httpx.Client, body: dict[str, Any]) -> str:
    """The experiment's id, once it has ended."""
    id = post(client, body)
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    assert client.get(f"/api/experiments/{id}").json()["status"] == "finished"
    return id


def show(page: Page, service: Service, id: str, view: str = "curves", **choices: str) -> None:
    search = "&".join(f"{name}={choice}" for name, choice in {"view": view, **choices}.items())
    page.goto(f"{service.url}/experiments/{id}?{search}")
    touch(page)
    expect(page.get_by_test_id(f"tab:{view}")).to_have_attribute("aria-selected", "true")


def tabs(page: Page) -> list[str]:
    """Ids of the views that the page offers."""
    ids: list[str] = page.locator("[role=tab]").evaluate_all("tabs => tabs.map(tab => tab.dataset.testid.slice(4))")
    assert len(ids) > 6
    return ids


def canvas(page: Page, view: str, arm: str) -> Locator:
    return page.get_by_test_id(f"{view}:{arm}").locator("canvas").first


def epoch_drawn(page: Page, view: str, arm: str) -> int:
    return int(canvas(page, view, arm).get_attribute("data-epoch") or -1)


def wait_for_frames(page: Page, view: str, beyond: int) -> None:
    wait_until(lambda: epoch_drawn(page, view, ARMS[0]) > beyond, f"frames after epoch {beyond} are drawn")


def wait_for_trace(page: Page, arm: str, name: str) -> None:
    wait_until(lambda: name in traces(page, arm), f"{name} is drawn")


def traces(page: Page, arm: str) -> list[str]:
    names: list[str] = (
        page.get_by_test_id(f"panel:{arm}")
        .locator(".js-plotly-plot")
        .evaluate("(plot) => (plot.data ?? []).map((trace) => trace.name)")
    )
    return names


def test_every_view_follows_a_run_and_survives_reload_and_restart(
    page: Page, service: Service, client: httpx.Client
) -> None:
    id = post(client, moons(200_000, units=1024))
    for view in CANVAS_VIEWS:
        show(page, service, id, view)
        for arm in ARMS:
            expect(canvas(page, view, arm)).to_be_visible()
        # The newest frame is followed: the epoch that is drawn rises without anybody doing anything.
        wait_for_frames(page, view, beyond=epoch_drawn(page, view, ARMS[0]))
    page.get_by_test_id("tab:norms").click()
    expect(page.get_by_test_id("norms:unit norm").locator(".js-plotly-plot .trace")).not_to_have_count(0)
    expect(page.get_by_test_id("norms:unit norm")).to_contain_text("at the limit")
    assert client.get(f"/api/experiments/{id}").json()["status"] == "running", "all this was live"
    client.post(f"/api/experiments/{id}/cancel")
    expect(page.get_by_test_id("status").first).to_have_text("cancelled")

    page.goto("about:blank")
    service.api.stop()
    service.api.start()
    service.wait_healthy()
    show(page, service, id, "norms")
    expect(page.get_by_test_id("norms:baseline").locator(".js-plotly-plot .trace")).not_to_have_count(0)
    for view in CANVAS_VIEWS:
        page.get_by_test_id(f"tab:{view}").click()
        expect(page).to_have_url(re.compile(f"view={view}"))
        expect(canvas(page, view, ARMS[1])).to_be_visible()


def test_one_scrubber_moves_all_arms_in_all_views(page: Page, service: Service, client: httpx.Client) -> None:
    id = finished(client, moons(300))
    show(page, service, id, "weights")
    ends = {}
    for arm in ARMS:
        expect(canvas(page, "weights", arm)).to_have_attribute("data-epoch", "300")
        ends[arm] = canvas(page, "weights", arm).evaluate(PICTURE)
    scrubber = page.get_by_test_id("epoch")
    scrubber.focus()
    page.keyboard.press("Home")
    for arm in ARMS:
        expect(canvas(page, "weights", arm)).to_have_attribute("data-epoch", "0")
        assert canvas(page, "weights", arm).evaluate(PICTURE) != ends[arm]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(scrubber).to_have_attribute("aria-valuetext", "epoch 2")

    page.get_by_test_id("tab:boundary").click()
    for arm in ARMS:
        expect(canvas(page, "boundary", arm)).to_have_attribute("data-epoch", "2")
        expect(page.get_by_test_id(f"boundary:{arm}")).to_contain_text("epoch 2")
    page.get_by_test_id("tab:norms").click()
    for arm in ARMS:
        expect(page.get_by_test_id(f"norms:{arm}").get_by_test_id("epoch-cursor")).to_have_attribute("data-epoch", "2")
        expect(page.get_by_test_id(f"norms:{arm}").locator("canvas")).to_have_attribute("data-epoch", "2")
    page.get_by_test_id("tab:curves").click()
    for arm in ARMS:
        expect(page.get_by_test_id(f"panel:{arm}").get_by_test_id("epoch-cursor")).to_have_attribute("data-epoch", "2")
        expect(page.get_by_test_id(f"figures:{arm}")).to_contain_text("epoch 2")

    # Space plays it to the end, through epochs that lie between.
    page.get_by_test_id("tab:boundary").click()
    page.get_by_label("Speed of the replay").select_option("4")
    scrubber.focus()
    page.keyboard.press(" ")
    wait_until(lambda: 2 < epoch_drawn(page, "boundary", "baseline") < 300, "it plays", every=0.01)
    for arm in ARMS:
        expect(canvas(page, "boundary", arm)).to_have_attribute("data-epoch", "300")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", re.compile("Play"))


def test_the_norm_view_says_what_held(page: Page, service: Service, client: httpx.Client) -> None:
    id = finished(client, moons(300, seeds=2))
    show(page, service, id, "norms")
    expect(page.get_by_test_id("constraint-status:unit norm")).to_have_text(
        "held: every norm 1.0000 = 1, in all 2 runs"
    )
    expect(page.get_by_test_id("norms:baseline")).to_contain_text("no limit, so nothing binds")
    page.get_by_text("As a table").click()
    row = page.get_by_test_id("norms-table").get_by_role("row", name=re.compile("^unit norm"))
    expect(row).to_contain_text("1.0000")
    expect(row).to_contain_text("100 %")
    page.get_by_text("output kernel", exact=True).click()
    expect(page.get_by_test_id("norms:unit norm")).to_contain_text("no constraint on this weight")


def test_what_is_drawn_as_spread_is_chosen_and_kept(page: Page, service: Service, client: httpx.Client) -> None:
    id = finished(client, moons(60, seeds=3))
    show(page, service, id)
    expect(page.get_by_test_id("figures:unit norm")).to_contain_text("n = 3, ± SD")
    page.get_by_test_id("curve-options").click()
    for choice, named in {
        "se": "± SE",
        "ci": "95 % interval",
        "runs": "Every run",
        "range": "Least to greatest",
    }.items():
        page.get_by_test_id("spread").select_option(choice)
        wait_for_trace(page, "unit norm", f"unit norm, test, {named}")
    expect(page.get_by_test_id("figures:unit norm")).to_contain_text("n = 3, least to greatest")
    page.reload()
    page.get_by_test_id("curve-options").click()
    expect(page.get_by_test_id("spread")).to_have_value("range")
    wait_for_trace(page, "baseline", "baseline, train, Least to greatest")


def test_the_verdict_is_shown_and_made_surer_in_one_click(page: Page, service: Service, client: httpx.Client) -> None:
    body = moons(40, seeds=2)
    id = finished(client, body)
    show(page, service, id)
    told = client.get(f"/api/experiments/{id}/verdict").json()["arms"][1]
    line = page.get_by_test_id("verdict:unit norm")
    expect(line).to_contain_text(told["sentence"])
    expect(line.locator("svg")).to_have_attribute("aria-label", re.compile("^difference on fresh rows"))
    page.get_by_test_id("figures-behind").click()
    expect(page.get_by_test_id("behind")).to_contain_text("20,000 fresh rows")

    more = told["more_seeds"]
    assert more, "two seeds can't tell"
    before = client.get(f"/api/experiments/{id}").json()
    page.get_by_test_id("more").click()
    expect(page.get_by_test_id("looks")).to_contain_text("Look 2")
    expect(page.get_by_test_id("status").first).to_have_text("finished")
    assert page.url.partition("?")[0].endswith(f"/experiments/{id}")
    after = client.get(f"/api/experiments/{id}").json()
    assert after["experiment"]["seeds"] == list(range(1, 2 + more + 1))
    assert [run for run in after["runs"] if run["seed"] <= 2] == before["runs"]
    page.get_by_test_id("tab:table").click()
    expect(page.get_by_test_id("overfitting:unit norm").locator("[data-figure=best_epoch]")).to_contain_text("±")


def test_limits_that_bind_are_set_up_where_none_was_reached(page: Page, service: Service, client: httpx.Client) -> None:
    body = moons(20)
    never = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": 50}}}}
    body["arms"][1] = {"name": "max norm 50", "changes": never}
    id = finished(client, body)
    binding = client.get(f"/api/experiments/{id}/verdict").json()["binding"]
    assert len(binding["limits"]) == 3
    assert max(binding["limits"]) < 50
    show(page, service, id)
    button = page.get_by_test_id("binding")
    expect(button).to_have_text(f"Try limits {', '.join(f'{limit:g}' for limit in binding['limits'])}")
    button.click()
    page.wait_for_url(f"{service.url}/")
    expect(page.get_by_test_id("run")).to_be_enabled()
    card = page.get_by_test_id("card:arms")
    for arm in ("baseline", *(each["name"] for each in binding["arms"])):
        expect(card).to_contain_text(arm)
    expect(card).not_to_contain_text("max norm 50")

    # An arm that reaches its limit has no such button.
    show(page, service, finished(client, moons(20)))
    expect(page.get_by_test_id("verdict:unit norm")).to_be_visible()
    expect(page.get_by_test_id("binding")).to_have_count(0)


def test_tabs_are_moved_through_by_keyboard(page: Page, service: Service, client: httpx.Client) -> None:
    id = finished(client, moons(30))
    show(page, service, id)
    page.get_by_test_id("tab:curves").focus()
    for view in tabs(page)[1:]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_test_id(f"tab:{view}")).to_be_focused()
        expect(page.get_by_test_id(f"tab:{view}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(page.get_by_test_id("tab:curves")).to_be_focused()
    expect(page.get_by_test_id("panel:baseline")).to_be_visible()
    assert "view=" not in page.url, "the first view goes without saying"


def test_what_was_posted_is_shown_and_everything_can_be_taken_away(
    page: Page, service: Service, client: httpx.Client
) -> None:
    id = finished(client, moons(30, seeds=2))
    show(page, service, id, "settings")
    expect(page.get_by_test_id("settings")).to_contain_text("Two moons")
    posted = client.get(f"/api/experiments/{id}").json()["experiment"]
    assert page.get_by_test_id("json").evaluate("(pre) => JSON.parse(pre.textContent)") == posted

    show(page, service, id, "export", spread="ci")
    for each in client.get("/api/exports").json()["exports"]:
        with page.expect_download() as file:
            page.get_by_test_id(f"export:{each['name']}").click()
        answer = client.get(f"/api/experiments/{id}/export/{each['name']}")
        assert file.value.suggested_filename in answer.headers["content-disposition"]
        if each["name"] != "report.html":  # whose charts have ids of their own each time
            assert file.value.path().read_bytes() == answer.content
    with page.expect_download() as script:
        page.get_by_test_id("exports").get_by_role("link", name="unit norm", exact=True).click()
    assert "def build_unit_norm" in (text := script.value.path().read_text())
    assert "def build_baseline" not in text, "one arm alone"
    with page.expect_download() as svg:
        page.get_by_test_id("export:svg").click()
    drawn = svg.value.path().read_text()
    for words in ("unit norm, test, 95 % interval", "baseline, train", "Accuracy", "epoch"):
        assert words in drawn, "the picture has the legend, the bands and the axes' names"
    with page.expect_download() as png:
        page.get_by_test_id("export:png").click()
    assert png.value.path().read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_view_sticks_out_sideways(page: Page, service: Service, client: httpx.Client, width: int) -> None:
    body = moons(30, seeds=2)
    body["name"], body["arms"][1]["name"] = "n" * 120, "u" * 60
    id = finished(client, body)
    page.set_viewport_size({"width": width, "height": 844})
    shown = {
        "curves": page.get_by_test_id("panel:baseline").locator(".js-plotly-plot"),
        "norms": page.get_by_test_id("norms:baseline").locator(".js-plotly-plot"),
        **{view: canvas(page, view, "baseline") for view in CANVAS_VIEWS},
        "table": page.get_by_test_id("overfitting"),
        "settings": page.get_by_test_id("json"),
        "export": page.get_by_test_id("exports"),
    }
    show(page, service, id)
    for view in tabs(page):
        show(page, service, id, view)
        page.wait_for_load_state("networkidle")
        expect(shown.get(view, page.get_by_role("tabpanel"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), view
    buttons = (page.get_by_test_id("present-button"), page.get_by_test_id("more-actions"))
    levels = [each.evaluate("button => button.getBoundingClientRect().top") for each in buttons]
    assert levels[0] == levels[1], "a long name leaves the buttons in one line"
    page.get_by_role("button", name="Edit as new").click()
    open_card(page, "arms")
    expect(page.get_by_test_id("field:arms/1/name")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "arms"
    page.goto(f"{service.url}/experiments")
    expect(page.get_by_test_id("experiments")).to_contain_text("u" * 60)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "experiments"


def test_a_view_that_cannot_be_loaded_says_so_and_loads_later(
    page: Page, service: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    id = finished(client, moons(30))
    page.route("**/assets/WeightsView*", lambda route: route.abort())  # so that it isn't loaded before the click
    show(page, service, id)
    expect(page.get_by_test_id("panel:baseline")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_test_id("tab:weights").click()
    message = page.get_by_test_id("notice")
    expect(message).to_contain_text("couldn’t be loaded")
    message.get_by_role("button", name="Try again").click()
    expect(message, "offline, trying again changes nothing").to_be_visible()
    page.get_by_test_id("tab:curves").click()
    expect(page.get_by_test_id("panel:baseline")).to_be_visible()
    page.get_by_test_id("tab:weights").click()

    page.context.set_offline(False)
    page.unroute("**/assets/WeightsView*")
    message.get_by_role("button", name="Try again").click()
    expect(canvas(page, "weights", "baseline")).to_be_visible()
    page_errors.allow("net::ERR_", "Failed to fetch dynamically imported module", "Unable to preload CSS")


def test_a_chart_comes_once_its_library_can_be_fetched(
    page: Page, service: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    id = finished(client, moons(30))
    page.route("**/assets/plotly*", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: "plotly" in request.url):
        show(page, service, id)
    expect(page.get_by_test_id("figures:baseline")).to_contain_text("test")
    expect(page.get_by_test_id("panel:baseline").locator("[data-sketch]")).to_be_visible()
    page.unroute("**/assets/plotly*")
    page.get_by_test_id("panel:baseline").locator(".js-plotly-plot .trace").first.wait_for()
    page_errors.allow("net::ERR_FAILED")


def test_a_place_that_cannot_be_loaded_says_so_and_the_others_can_be_gone_to(
    page: Page, service: Service, page_errors: PageErrors
) -> None:
    page.route("**/assets/Learn*", lambda route: route.abort())
    page.goto(service.url)
    page.get_by_role("link", name="Learn", exact=True).click()
    expect(page.get_by_test_id("notice")).to_contain_text("couldn’t be loaded")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_test_id("notice")).to_have_count(0)
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page_errors.allow("net::ERR_FAILED", "Failed to fetch dynamically imported module", "Unable to preload CSS")


def test_views_are_loaded_while_the_page_is_idle(
    page: Page, service: Service, client: httpx.Client, page_errors: PageErrors
) -> None:
    id = finished(client, moons(30))
    show(page, service, id)
    loaded = """(name) => performance.getEntriesByType("resource").some((entry) =>
      entry.name.includes(name) && entry.responseEnd > 0)"""
    for view in ("Norms", "Weights", "Boundary", "Table", "Settings", "Export"):
        wait_until(lambda view=view: page.evaluate(loaded, f"/assets/{view}View"), f"{view} is loaded")  # type: ignore[misc]
    page.context.set_offline(True)
    page.get_by_test_id("tab:settings").click()
    expect(page.get_by_test_id("settings")).to_contain_text("Two moons")
    page_errors.allow("net::ERR_", "Failed to fetch dynamically imported module", "Unable to preload CSS")


def test_the_results_have_the_columns_that_are_chosen_in_their_order(
    page: Page, service: Service, client: httpx.Client
) -> None:
    body = moons(30)
    focal = {"kind": "binary_focal_crossentropy", "gamma": 1.0}
    body["arms"][1]["changes"]["training"] = {"loss": focal}
    id = finished(client, body)
    show(page, service, id, "table")
    heads = page.get_by_test_id("results").locator("thead th")
    expect(heads.nth(1)).to_have_text("Train accuracy ")
    expect(page.get_by_test_id("result:unit norm")).to_contain_text("loss: binary focal crossentropy, gamma 1")
    expect(page.get_by_test_id("experiment-warnings")).to_contain_text("the two losses can't be compared")

    page.get_by_test_id("columns").click()
    for hidden in ("train_accuracy", "test_accuracy", "train_loss", "test_loss"):
        page.get_by_test_id(f"column:{hidden}").uncheck()
    precision = page.get_by_test_id("column:test_average_precision")
    precision.focus()
    page.keyboard.press("Space")
    left = page.get_by_role("button", name="Move Test average precision to the left")
    left.focus()
    page.keyboard.press("Enter")
    expect(left).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expected = client.get(f"/api/experiments/{id}").json()["runs"][0]["metrics"]["test"]["average_precision"]
    for _ in range(2):
        expect(heads).to_have_text(["Arm", "Test average precision ", "Gap ", re.compile("^hidden kernel norms")])
        shown = page.get_by_test_id("result:baseline").locator("[data-figure=test_average_precision]")
        assert float(shown.inner_text()) == pytest.approx(expected, abs=5e-4)
        page.reload()
    page.get_by_test_id("columns").click()
    page.get_by_role("button", name="Usual columns").click()
    expect(heads.nth(1)).to_have_text("Train accuracy ")
    assert "columns=" not in page.url


def test_the_axis_of_the_loss_may_be_logarithmic(page: Page, service: Service, client: httpx.Client) -> None:
    id = finished(client, moons(30))
    show(page, service, id, "curves", metric="loss")
    chart = page.locator('[data-testid="panel:baseline"] .js-plotly-plot')

    def drawn(kind: str) -> None:
        """Waits until the axis is of that kind."""
        expect(chart).to_be_visible()
        wait_until(lambda: chart.evaluate("(plot) => plot.layout?.yaxis?.type ?? 'linear'") == kind, f"a {kind} axis")

    drawn("linear")
    page.get_by_test_id("curve-options").click()
    page.get_by_test_id("log-loss").check()
    drawn("log")
    assert "loss=log" in page.url
    page.reload()
    touch(page)
    drawn("log")
