"""The page in a real browser, on real services. The `page` fixture fails a test whose console has complained."""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.charts import touch
from tests.browser.form import field, open_card, remove_arms
from tests.conftest import Keep
from tests.faults.report import FULL, Tell
from tests.page_errors import PageErrors
from tests.service import PATIENCE, Service, wait_until

METRICS = {
    "baseline": ("1.000", "0.914"),
    "unit norm": ("1.000", "0.943"),
    "min-max norm 1 to 1": ("1.000", "0.943"),
    "max norm 1": ("1.000", "0.914"),
}
"""The tutorial's, train and test."""

DRAWN = """(arm) => {
  const plot = document.querySelector(`[data-testid="panel:${arm}"] .js-plotly-plot`);
  return (plot?.data ?? []).map(({ x, line }) => ({ x: Array.from(x ?? []), dash: line?.dash, color: line?.color }));
}"""
"""Script that reads the traces of a panel's chart; none until it is drawn."""


def stored(client: httpx.Client) -> list[str]:
    return [experiment["id"] for experiment in client.get("/api/experiments").json()["experiments"]]


def id_of(page: Page) -> str:
    page.wait_for_url("**/experiments/*")
    return page.url.rpartition("/")[2]


def widest_step(page: Page, arm: str) -> int:
    """The largest step in epochs between two points that are drawn, over the arm's lines."""
    steps = [0]
    for line in page.evaluate(DRAWN, arm):
        x = sorted(line["x"])
        steps += [after - before for before, after in itertools.pairwise(x)]
    return int(max(steps))


def wait_for_points(page: Page) -> None:
    """Waits for live points on the screen."""
    wait_until(lambda: page.evaluate("window.__lab?.painted.length ?? 0") > 0, "points are drawn")


def lags_of(page: Page) -> str:
    """Sentence on the chunks' time from the log to the screen. Printed for people; no test depends on it."""
    painted = page.evaluate("window.__lab.painted")
    lags = [p["paintedAt"] - int(p["eventId"].partition("-")[0]) for p in painted]
    p95 = statistics.quantiles(lags, n=20, method="inclusive")[-1]
    return f"from the log to the screen: median {statistics.median(lags):.0f} ms, p95 {p95:.0f} ms, {len(lags)} chunks"


def last_drawn(page: Page, arm: str) -> int:
    return int(max([0, *(max(line["x"], default=0) for line in page.evaluate(DRAWN, arm))]))


def wait_for_last(page: Page, arm: str, epoch: int) -> None:
    """Waits for an arm's curves to end at their last epoch; the charts come after the figures."""
    wait_until(lambda: last_drawn(page, arm) == epoch, f"{arm} is drawn up to epoch {epoch}")


def test_the_tutorial_from_the_form_to_its_figures(lab: Page, client: httpx.Client, figures: Keep) -> None:
    # Once before, so that what is measured is a warm service.
    body = client.get("/api/presets/tutorial").json()["experiment"]
    warm = client.post("/api/experiments", json=body).json()["id"]
    client.get(f"/api/experiments/{warm}/events", timeout=PATIENCE)

    # The stage is built out of sight while one reads the form, from the first move on.
    lab.mouse.move(200, 200)
    lab.mouse.move(210, 200)
    expect(lab.locator("[data-testid=prepared] .js-plotly-plot .xaxislayer-above")).to_have_count(len(METRICS))
    lab.evaluate(
        """() => document.querySelector('[data-testid=run]').addEventListener(
             'click', () => { window.pressed = Date.now(); }, { capture: true })"""
    )
    lab.get_by_test_id("run").click()
    for arm, (train, test) in METRICS.items():
        row = lab.get_by_test_id(f"result:{arm}")
        expect(row).to_contain_text(train)
        expect(row).to_contain_text(test)
        expect(lab.get_by_test_id(f"figures:{arm}")).to_contain_text(test)
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    for arm in METRICS:
        wait_for_last(lab, arm, 4000)
        assert widest_step(lab, arm) <= 40, "every pixel's part of the curve is drawn"
        assert {line["dash"] for line in lab.evaluate(DRAWN, arm)} >= {"dash"}
    for arm in ("unit norm", "min-max norm 1 to 1", "max norm 1"):
        expect(lab.get_by_test_id(f"result:{arm}")).to_contain_text("held")

    pressed = lab.evaluate("window.pressed")
    first = min(p["paintedAt"] for p in lab.evaluate("window.__lab.painted")) - pressed
    figures(f"first point on the screen {first:.0f} ms after Run, {lags_of(lab)}")


def run_two_arms(lab: Page, epochs: str, units: str = "500") -> str:
    """Runs the tutorial's first two arms for so many epochs; the experiment's id."""
    field(lab, "training/epochs").fill(epochs)
    field(lab, "network/layers/0/units").fill(units)
    remove_arms(lab, "max norm 1", "min-max norm 1 to 1")
    lab.get_by_test_id("run").click()
    return id_of(lab)


def test_a_reload_in_the_middle_leaves_no_gap(lab: Page, client: httpx.Client, figures: Keep) -> None:
    id = run_two_arms(lab, "60000")
    for _ in range(3):
        wait_for_points(lab)
        lab.reload()
        touch(lab)
    wait_for_points(lab)
    assert client.get(f"/api/experiments/{id}").json()["status"] == "running", "the reloads came in the middle"
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    for arm in ("baseline", "unit norm"):
        wait_for_last(lab, arm, 60_000)
        assert widest_step(lab, arm) <= 600, "no chunk is missing"
    figures(f"over 60,000 epochs, {lags_of(lab)}")


@pytest.mark.fault(4, "kill -9 of the API while the page watches")
def test_the_page_goes_on_after_the_api_is_killed(
    lab: Page, service: Service, client: httpx.Client, page_errors: PageErrors, tell: Tell
) -> None:
    id = run_two_arms(lab, "150000", units="1500" if FULL else "500")  # so that it outlasts the kills
    for _ in range(3 if FULL else 1):
        wait_for_points(lab)
        service.api.kill()
        killed = time.time()
        service.api.start()
        # Ids begin with the milliseconds in which the events came to be.
        later = f"window.__lab.painted.some(({{ eventId }}) => parseInt(eventId, 10) > {1000 * killed})"
        wait_until(lambda later=later: lab.evaluate(later), "what came after is drawn")  # type: ignore[misc]
        took = time.time() - killed
        tell("live again after", took, "s")
        assert took < (5 if FULL else PATIENCE)
    service.wait_healthy()
    assert client.get(f"/api/experiments/{id}").json()["status"] == "running", "all this was live"
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    for arm in ("baseline", "unit norm"):
        wait_for_last(lab, arm, 150_000)
        assert widest_step(lab, arm) <= 1500, "no chunk is missing"
    page_errors.allow("net::ERR_")


def test_a_finished_experiment_opens_after_a_restart(lab: Page, service: Service, client: httpx.Client) -> None:
    field(lab, "training/epochs").fill("50")
    lab.get_by_test_id("run").click()
    id = id_of(lab)
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    shown = lab.get_by_test_id("results").inner_text()
    lab.goto("about:blank")
    service.api.stop()
    service.api.start()
    service.wait_healthy()
    lab.goto(f"{service.url}/experiments/{id}")
    touch(lab)
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    assert lab.get_by_test_id("results").inner_text() == shown
    wait_for_last(lab, "unit norm", 50)
    lab.goto(f"{service.url}/experiments")
    expect(lab.get_by_test_id("experiments")).to_contain_text("Two moons")


def test_pause_resume_and_cancel_from_the_page(lab: Page, client: httpx.Client) -> None:
    field(lab, "training/epochs").fill("200000")
    field(lab, "network/layers/0/units").fill("4096")
    lab.get_by_test_id("run").click()
    id = id_of(lab)
    wait_for_points(lab)
    status = lab.get_by_test_id("status").first
    lab.get_by_role("button", name="Pause").click()
    expect(status).to_have_text("paused")
    lab.get_by_role("button", name="Resume").click()
    expect(status).to_have_text("running")
    lab.get_by_role("button", name="Cancel").click()
    expect(status).to_have_text("cancelled")
    assert client.get(f"/api/experiments/{id}").json()["status"] == "cancelled"


def test_what_is_wrong_is_said_at_the_field_before_run(lab: Page, client: httpx.Client) -> None:
    before = stored(client)
    field(lab, "training/epochs").fill("0")
    field(lab, "training/epochs").blur()
    expect(lab.get_by_text("at least 1").first).to_be_visible()
    lab.get_by_test_id("run").click(force=True)
    expect(lab.get_by_test_id("problems")).to_be_visible()
    field(lab, "training/epochs").fill("10")
    expect(lab.get_by_test_id("problems")).to_have_count(0)
    assert stored(client) == before


def test_what_the_service_refuses_is_said_at_the_field(
    lab: Page, client: httpx.Client, page_errors: PageErrors
) -> None:
    before = stored(client)
    field(lab, "arms/1/name").fill("Baseline")
    lab.get_by_test_id("run").click(force=True)
    expect(lab.get_by_text("Another arm has this name").first).to_be_visible()
    assert stored(client) == before
    page_errors.allow("status of 4")


def test_what_the_page_begins_with_is_asked_for_once_and_before_its_code_runs(page: Page, service: Service) -> None:
    asked: list[str] = []
    held: list[Route] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(service.url)))
    page.route("**/assets/page-*.js", lambda route: held.append(route))
    page.goto(f"{service.url}/", wait_until="commit")
    while not ("/api/presets/tutorial" in asked and held):
        page.wait_for_event("request")
    held[0].continue_()
    expect(page.get_by_test_id("run")).to_be_visible()
    assert [asked.count(f"/api/{each}") for each in ("catalog", "presets", "presets/tutorial")] == [1, 1, 1]


POINTS = """(svg) => {
  // The middles of the symbols, and what the texts along the horizontal axis say of their places.
  const paths = [...svg.querySelectorAll('[data-marks]')].map((path) => path.getAttribute('d'));
  const boxes = paths.flatMap((d) => d.split('z').filter(Boolean).map((one) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', one);
    svg.append(path);
    const box = path.getBBox();
    path.remove();
    return box.x + box.width / 2;
  }));
  const ticks = [...svg.querySelectorAll('[data-axis=x]')].map((text) =>
    [Number(text.getAttribute('x')), Number(text.textContent.replace('\u2212', '-'))]);
  const [[left, low], [right, high]] = [ticks[0], ticks.at(-1)];
  return boxes.map((x) => low + (x - left) / (right - left) * (high - low));
}"""
"""Script that reads the first feature of the rows that a scatter plot shows, as a person would, by its axis."""


def test_the_scatter_plot_follows_the_form(lab: Page) -> None:
    stage = lab.get_by_role("img", name="Scatter plot of")

    def points() -> list[float]:
        return list(stage.evaluate(POINTS))

    assert len(points()) == 100
    field(lab, "dataset/n_samples").fill("150")
    wait_until(lambda: len(points()) == 150, "all rows are drawn")
    field(lab, "dataset/noise").fill("0")
    wait_until(lambda: max(points()) == pytest.approx(2, abs=0.01), "the moons are drawn without noise")
    assert min(points()) == pytest.approx(-1, abs=0.01)
    open_card(lab, "data")
    lab.get_by_test_id("dataset:circles").click()
    wait_until(lambda: max(points()) < 1.5, "the circles are drawn")


def choose(page: Page, picker: str, query: str) -> None:
    """Opens a picker, searches it, and takes what it finds first."""
    page.get_by_test_id(picker).click()
    page.get_by_test_id(f"{picker}:search").fill(query)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text(query)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id(f"{picker}:search")).to_be_hidden()
    expect(page.get_by_test_id(picker)).to_be_focused()


def begin_with(page: Page, group: str, dataset: str) -> None:
    """Chooses a data set, and takes away the tutorial's layer and all its arms but the first."""
    open_card(page, "data")
    page.get_by_test_id(f"group:{group}").click()
    page.get_by_test_id(f"dataset:{dataset}").click()
    remove_arms(page, *list(METRICS)[1:])
    open_card(page, "network")
    page.get_by_role("button", name="Remove hidden", exact=True).click()


def run_to_end(page: Page) -> None:
    expect(page.get_by_test_id("run")).to_be_enabled()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("status").first).to_have_text("finished")


def test_a_network_on_images_is_built_by_hand(lab: Page) -> None:
    begin_with(lab, "bundled", "digits")
    field(lab, "dataset/layout").select_option("image")
    expect(lab.locator("[data-sample=images] canvas").first).to_be_visible()
    field(lab, "split/train").fill("200")
    open_card(lab, "network")
    for layer in ("Conv2D", "MaxPooling2D", "Flatten"):
        choose(lab, "add-layer", layer)
    field(lab, "network/layers/0/filters").fill("4")
    field(lab, "network/layers/0/kernel_size").fill("3, 2")
    expect(lab.get_by_test_id("shape:conv2d_1")).to_contain_text("6×7×4")
    expect(lab.get_by_test_id("shape:flatten_1")).to_contain_text("→ 36")
    kernel = "network/layers/0/kernel_constraint"
    lab.get_by_test_id(f"constraint:{kernel}").click()
    lab.get_by_role("radio", name="Max norm", exact=True).click()
    field(lab, f"{kernel}/max_value").fill("0.5")
    expect(lab.get_by_test_id(f"constraint:{kernel}")).to_have_text("max norm 0.5")
    open_card(lab, "arms")
    choose(lab, "add-arm", "L2")
    field(lab, "training/epochs").fill("4")
    run_to_end(lab)
    expect(lab.get_by_test_id("result:baseline")).to_contain_text("each filter's 3×2×1 weights")
    expect(lab.get_by_test_id("result:baseline")).to_contain_text("held")
    expect(lab.get_by_test_id("panel:L2 0.001")).to_contain_text("conv2d_1 kernel: L2 0.001")


def test_a_recurrent_network_is_built_by_hand(lab: Page) -> None:
    begin_with(lab, "sequences", "noisy_sines")
    field(lab, "dataset/n_samples").fill("60")
    expect(lab.locator("[data-sample=series] svg").first).to_be_visible()
    open_card(lab, "network")
    choose(lab, "add-layer", "LSTM")
    field(lab, "network/layers/0/units").fill("4")
    recurrent = "network/layers/0/recurrent_constraint"
    lab.get_by_test_id(f"constraint:{recurrent}").click()
    lab.get_by_role("radio", name="Chain", exact=True).click()
    field(lab, f"{recurrent}/constraints/0").select_option("zero_mean")
    expect(lab.get_by_test_id(f"constraint:{recurrent}")).to_have_text("zero mean, then max norm 2")
    field(lab, "split/holdout").fill("10")
    field(lab, "training/epochs").fill("3")
    run_to_end(lab)
    expect(lab.get_by_test_id("result:baseline")).to_contain_text("zero mean")
    lab.get_by_test_id("reveal").click()
    lab.get_by_test_id("confirm-reveal").click()
    expect(lab.get_by_test_id("result:baseline").locator("[data-figure=holdout_accuracy]")).to_contain_text(".")
    expect(lab.get_by_test_id("sealed")).to_contain_text("was revealed")
    with lab.expect_download() as script:
        lab.get_by_test_id("more-actions").click()
        lab.get_by_role("menuitem", name="All arms").click()
    assert "keras.layers.LSTM" in script.value.path().read_text()


def test_a_table_of_ones_own_is_learnt(lab: Page, page_errors: PageErrors, tmp_path: Path) -> None:
    rows = [f"{n % 7},{'red' if n % 3 else 'blue'},{0.5 * (n % 7) + (n % 3):.1f}" for n in range(40)]
    names = "length,colour,price"
    (tmp_path / "bad.csv").write_text("\n".join([names, *rows[:5], "1,red"]))
    (tmp_path / "good.csv").write_text("\n".join([names, *rows]))

    def upload(name: str) -> None:
        with lab.expect_file_chooser() as chooser:
            lab.get_by_test_id("upload").click()
        chooser.value.set_files(tmp_path / name)

    open_card(lab, "data")
    lab.get_by_test_id("group:your own").click()
    lab.get_by_test_id("dataset:table").click()
    upload("bad.csv")
    expect(lab.get_by_test_id("upload-refused")).to_contain_text("Row 7")
    page_errors.allow("status of 4")
    upload("good.csv")
    expect(field(lab, "dataset/target")).to_have_value("price")
    expect(lab.get_by_role("region", name="Data set")).to_contain_text("40 rows, a number to predict")

    # A trap is pointed out at its field, and stays with the experiment.
    open_card(lab, "network")
    bias = "network/layers/0/bias_constraint"
    lab.get_by_test_id(f"constraint:{bias}").click()
    lab.get_by_role("radio", name="Max norm", exact=True).click()
    lab.get_by_text("axis 0, Keras’ default").click()
    expect(lab.get_by_test_id("warnings")).to_be_visible()
    expect(lab.get_by_text("whole bias vector").first).to_be_visible()
    field(lab, "network/layers/0/units").fill("8")
    field(lab, "training/epochs").fill("60")
    field(lab, "training/early_stopping").check()
    field(lab, "training/early_stopping/patience").fill("1")
    run_to_end(lab)
    expect(lab.get_by_test_id("results")).to_contain_text("Test r²")
    expect(lab.get_by_test_id("result:baseline").locator("[data-figure=test_r2]")).to_contain_text(".")
    expect(lab.get_by_test_id("experiment-warnings")).to_be_visible()
    lab.get_by_text("More figures").click()
    expect(lab.get_by_test_id("more-figures")).to_contain_text("RMSE")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_sideways(lab: Page, width: int) -> None:
    lab.set_viewport_size({"width": width, "height": 844})
    assert lab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    field(lab, "training/epochs").fill("20")
    lab.get_by_test_id("run").click()
    expect(lab.get_by_test_id("status").first).to_have_text("finished")
    assert lab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_calls_are_listed_and_nothing_comes_from_elsewhere(page: Page, service: Service) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.partition("://")[2].partition("/")[0]))
    page.goto(f"{service.url}/api/docs")
    expect(page.get_by_text("Post an experiment")).to_be_visible()
    page.goto(service.url)
    expect(page.get_by_test_id("run")).to_be_enabled()
    assert hosts == {f"127.0.0.1:{service.port}"}
