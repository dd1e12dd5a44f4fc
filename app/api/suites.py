"""`/api/suites`: the same arms over several data sets. Post, read, list, cancel, remove; their verdict and exports."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import redis
from fastapi import APIRouter, Header, Path, Query, Response
from kombu.exceptions import OperationalError
from pydantic import BaseModel, Field, ValidationError

from app.analysis.suite import least_datasets
from app.api.deps import AppState, StateDep, refuse_when_full, submitted_experiment
from app.api.estimate import EstimateView, estimate_view
from app.api.exports import attachment, export_named
from app.api.views import ProblemView, problem_views
from app.estimate import admit, admit_suite, together
from app.exports.suite import SUITE_EXPORTS, SuiteSource
from app.failure import NO_SUITE, Failure
from app.presets.suites import SUITE_PRESETS
from app.results import score_of
from app.stored import StoredExperiment, iso
from app.suite_store import StoredSuite
from app.suite_verdict import SuiteVerdictView, suite_verdict
from core.experiment.experiment import CLOSED, Status
from core.experiment.suite import Suite, for_each_dataset, resolve_suite
from core.problems import Invalid, problems_of
from core.settings import settings

POSTS: Final = "/api/suites"
MEDIA_TYPES: Final[dict[str, dict[str, object]]] = {each.media_type: {} for each in SUITE_EXPORTS.values()}
FORMATS: Final = "\n".join(f"- `{each.name}`: {each.summary}" for each in SUITE_EXPORTS.values())

router = APIRouter(prefix="/api", tags=["suites"])


class SuiteSummaryView(BaseModel):
    """A suite as lists show it. Times are UTC."""

    id: str
    name: str
    tags: list[str]
    status: Status = Field(description="That of its experiments together: closed once all of them are.")
    created_at: str
    started_at: str | None
    finished_at: str | None
    datasets: list[str] = Field(description="Names of its data sets.")
    arms: list[str]
    seeds: int = Field(description="Number of seeds.")


class SuiteExperimentView(BaseModel):
    """The experiment on one data set of a suite."""

    dataset: str = Field(description="Name of the data set.")
    id: str
    removed: bool = Field(description="Whether it was removed by itself; the suite goes on with the others.")
    name: str | None = Field(description="Null where it was removed, as are the figures below.")
    status: Status | None
    runs: int | None
    runs_ended: int | None
    epochs: int | None = Field(description="Epochs of all its runs.")
    epochs_done: int | None


class SuiteView(SuiteSummaryView):
    """A suite with its experiments."""

    score: Literal["accuracy", "r2"] = Field(description="Name of the score: r² in regression, otherwise accuracy.")
    suite: Suite = Field(description="As posted, with defaults filled in.")
    experiments: list[SuiteExperimentView] = Field(description="By data set.")


class SuitePageView(BaseModel):
    """Some suites, newest first."""

    suites: list[SuiteSummaryView]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last.")


class SuiteCheckView(BaseModel):
    """Result of a check. A suite without problems can be posted."""

    problems: list[ProblemView]
    estimate: EstimateView | None = Field(description="Null if there is a problem.")
    least_datasets: int | None = Field(
        description="The fewest data sets of which a verdict over data sets can come; null if the body can't be read."
    )


class SuitePresetSummary(BaseModel):
    """A named suite."""

    name: str
    title: str
    summary: str
    datasets: list[str] = Field(description="Names of its data sets.")
    arms: list[str]
    seeds: int
    estimate: EstimateView


class SuitePresetView(SuitePresetSummary):
    """A named suite, ready to post."""

    suite: Suite


class SuitePresetsView(BaseModel):
    """All named suites."""

    presets: list[SuitePresetSummary]


@router.post("/suites", status_code=201, summary="Post a suite")
def post_suite(
    suite: Suite,
    response: Response,
    state: StateDep,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> SuiteView:
    """Checks the suite, stores it with an experiment for each data set, and queues all runs.

    All of it is on disk when the response is sent. With an `Idempotency-Key`, repeating a request with an equal body
    returns the first one's view.
    """
    first, is_new = state.suites.posted(idempotency_key), False
    if first is None:
        members = resolve_suite(suite)
        admit_suite(
            for_each_dataset(suite, members, lambda each: admit(each.experiment, each.arms, settings())), settings()
        )
        refuse_when_full(state)
        first, is_new = state.suites.add(suite, [each.experiment for each in members], idempotency_key)
    stored = _stored(state, first)
    if is_new:
        try:
            for experiment, member in zip(state.suites.experiments(stored), members, strict=True):
                if experiment is not None:
                    state.dispatcher.submit(experiment, member.arms)
        except (redis.ConnectionError, redis.TimeoutError, OperationalError):
            pass  # it is stored; `Dispatcher.reconcile` submits what is missing when Redis is back
        except redis.ResponseError:
            _remove(state, stored)
            raise
    elif stored.suite != suite:
        raise Failure(422, "This Idempotency-Key was used for another suite; use a new one")
    response.headers["Location"] = f"{POSTS}/{first}"
    return _view(state, _stored(state, first))


@router.post("/suites/check", summary="Check a suite")
def check_suite(body: dict[str, Any], state: StateDep) -> SuiteCheckView:
    """Returns the suite's problems, its estimate, and the data sets that a verdict needs. Nothing is stored."""
    try:
        suite = Suite.model_validate(body)
    except ValidationError as error:
        return SuiteCheckView(problems=problem_views(problems_of(error, body)), estimate=None, least_datasets=None)
    least = least_datasets(len(suite.arms) - 1, suite.claims.looks)
    try:
        members = resolve_suite(suite)
        made = for_each_dataset(suite, members, lambda each: admit(each.experiment, each.arms, settings()))
        admit_suite(made, settings())
    except Invalid as invalid:
        return SuiteCheckView(problems=problem_views(invalid.problems), estimate=None, least_datasets=least)
    return SuiteCheckView(problems=[], estimate=estimate_view(together(made, state.slots())), least_datasets=least)


@router.get("/suites", summary="List suites")
def suites(
    state: StateDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=40, description="A page's `next_cursor`.")] = "",
) -> SuitePageView:
    """Newest first."""
    state.recorder.catch_up()
    found = state.suites.page(cursor, limit + 1)
    more = len(found) > limit
    return SuitePageView(
        suites=[SuiteSummaryView(**_head(each)) for each in found[:limit]],
        next_cursor=found[limit - 1].id if more else None,
    )


@router.get("/suites/{suite}", summary="Read a suite")
def get_suite(suite: str, state: StateDep) -> SuiteView:
    """Returns the suite with the present state of its experiments."""
    return _view(state, _stored(state, suite))


@router.delete("/suites/{suite}", status_code=204, summary="Remove a suite")
def delete_suite(suite: str, state: StateDep) -> None:
    """Removes the suite with its experiments and all their data; stops them first if they are running."""
    _remove(state, _stored(state, suite))


@router.post("/suites/{suite}/cancel", summary="Cancel a suite")
def cancel_suite(suite: str, state: StateDep) -> SuiteView:
    """Stops the runs of all its experiments within a second and keeps their results."""
    for each in _stored(state, suite).found.values():
        if each.status not in CLOSED:
            submitted_experiment(state, each.id)
            state.dispatcher.cancel(each.id)
    return _view(state, _stored(state, suite))


@router.get("/suites/{suite}/verdict", summary="Read a suite's verdict")
def verdict_of_suite(suite: str, state: StateDep) -> SuiteVerdictView:
    """Ranks, differences and claims over all data sets, in figures and sentences, by the runs finished so far."""
    return suite_verdict(state.store, _stored(state, suite))


@router.get(
    "/suites/{suite}/export/{format}",
    summary="Export a suite",
    response_class=Response,
    responses={200: {"content": MEDIA_TYPES, "description": "The file, as an attachment with a name."}},
)
def export_suite(
    suite: str,
    format: Annotated[str, Path(description=FORMATS, json_schema_extra={"enum": list(SUITE_EXPORTS)})],
    state: StateDep,
) -> Response:
    """The suite as a file to take away. Of one that still runs, the file has what there is so far."""
    found = export_named(format, SUITE_EXPORTS)
    stored = _stored(state, suite)
    text = found.write(SuiteSource(stored, suite_verdict(state.store, stored)))
    return Response(text, media_type=found.media_type, headers=attachment(found.file_name(stored.suite.name)))


@router.get("/suite-presets", summary="List named suites")
def suite_presets(state: StateDep) -> SuitePresetsView:
    """Named suites, ready to post."""
    return SuitePresetsView(presets=[SuitePresetSummary(**_preset(name, state)) for name in SUITE_PRESETS])


@router.get("/suite-presets/{name}", summary="Read a named suite")
def suite_preset(name: str, state: StateDep) -> SuitePresetView:
    """A named suite, ready to post."""
    if name not in SUITE_PRESETS:
        raise Failure(404, f"There is no named suite of this name; they are: {', '.join(SUITE_PRESETS)}")
    return SuitePresetView(**_preset(name, state), suite=SUITE_PRESETS[name].suite)


def _stored(state: AppState, suite: str) -> StoredSuite:
    """The suite with all events so far applied. Raises `Failure` 404 if there is none."""
    state.recorder.catch_up()
    stored = state.suites.get(suite)
    if stored is None:
        raise Failure(404, NO_SUITE)
    return stored


def _remove(state: AppState, stored: StoredSuite) -> None:
    own = [each.id for each in state.suites.experiments(stored) if each is not None]
    state.suites.remove(stored.id)
    for id in own:
        state.dispatcher.remove(id)


def _head(stored: StoredSuite) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.suite.name,
        "tags": stored.suite.tags,
        "status": stored.status,
        "created_at": iso(stored.created_ms),
        "started_at": iso(stored.started_ms),
        "finished_at": iso(stored.finished_ms),
        "datasets": stored.suite.dataset_names(),
        "arms": [arm.name for arm in stored.suite.arms],
        "seeds": len(stored.suite.seeds),
    }


def _view(state: AppState, stored: StoredSuite) -> SuiteView:
    experiments = state.suites.experiments(stored)
    return SuiteView(
        **_head(stored),
        score=score_of(next((each.experiment for each in experiments if each), None) or stored.suite.experiments()[0]),
        suite=stored.suite,
        experiments=[
            _experiment(name, id, each)
            for name, id, each in zip(stored.suite.dataset_names(), stored.ids, experiments, strict=True)
        ],
    )


def _experiment(dataset: str, id: str, stored: StoredExperiment | None) -> SuiteExperimentView:
    if stored is None:
        nothing = dict.fromkeys(("name", "status", "runs", "runs_ended", "epochs", "epochs_done"))
        return SuiteExperimentView(dataset=dataset, id=id, removed=True, **nothing)
    base = stored.experiment.training.epochs
    own = [int(arm.changes.training.get("epochs", base)) for arm in stored.experiment.arms]
    return SuiteExperimentView(
        dataset=dataset,
        id=id,
        removed=False,
        name=stored.experiment.name,
        status=stored.status,
        runs=len(stored.runs),
        runs_ended=sum(run.status in CLOSED for run in stored.runs),
        epochs=sum(own) * len(stored.experiment.replicates()),
        epochs_done=sum(run.epochs_done for run in stored.runs),
    )


def _preset(name: str, state: AppState) -> dict[str, Any]:
    preset = SUITE_PRESETS[name]
    made = [admit(each.experiment, each.arms, settings()) for each in resolve_suite(preset.suite)]
    return {
        "name": preset.name,
        "title": preset.title,
        "summary": preset.summary,
        "datasets": preset.suite.dataset_names(),
        "arms": [arm.name for arm in preset.suite.arms],
        "seeds": len(preset.suite.seeds),
        "estimate": estimate_view(together(made, state.slots())),
    }
