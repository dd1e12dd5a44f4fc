"""Training of claimed runs: from the first epoch, or a checkpoint, to the end, chunk by chunk into the ledger."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import redis
from pydantic import ValidationError

from core import logs
from core.catalog.datasets import Dataset, DataUnavailable
from core.catalog.datasets.checksums import DamagedFile
from core.experiment.experiment import Experiment, Replicate, programs_of, resolve
from core.experiment.resolution import ResolvedArm
from core.experiment.run_numbers import RunNumbers
from core.ledger import Claim, Control, Ledger, is_gap, is_retryable
from core.postponements import Postponements
from core.problems import Invalid
from core.runs.kept import KeptPart, pack_outputs, pack_weights, sha256_of
from core.runs.snapshots import pack_outcomes
from core.settings import settings
from worker.files import Files, FilesAway
from worker.heartbeat import Heartbeat
from worker.session_results import CheckpointError, Chunk

if TYPE_CHECKING:  # so that importing this module does not load TensorFlow
    from worker.engine import Engine, Session

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS: Final = 2.0
"""Time between checkpoints: about how much training the death of a worker may cost."""
CHECKPOINT_BYTES: Final = 16_000_000
"""Size above which a checkpoint is taken only when the run is given back: Redis holds it in memory."""
TURN_SECONDS: Final = 1.0
"""Time after which a wake-up claims no further run, so that other experiments have their turn."""

T = TypeVar("T")


@dataclass(frozen=True)
class _OpenExperiment:
    """An experiment as the ledger has it, with its arms resolved."""

    id: str
    numbers: RunNumbers
    replicates: list[Replicate]
    arms: list[ResolvedArm]
    programs: frozenset[str]
    """Names of the programs that train its runs."""

    @staticmethod
    def of(id: str, spec: dict[str, Any]) -> _OpenExperiment:
        """The experiment that was submitted. Raises `Invalid` where it can't be resolved here."""
        body = Experiment.model_validate(spec["experiment"])
        arms = resolve(body)
        numbers = RunNumbers.of(body, spec.get("earlier_looks", ()))
        return _OpenExperiment(id, numbers, body.replicates(), arms, frozenset(programs_of(body, arms)))

    def run(self, number: int) -> tuple[ResolvedArm, Replicate]:
        """Arm, on its draw of the rows, and replicate of a run."""
        arm, index = divmod(self.numbers.places[number], len(self.replicates))
        replicate = self.replicates[index]
        return self.arms[arm].at(replicate.draw), replicate


@dataclass
class _Attempt:
    """A claimed run in training."""

    claim: Claim
    session: Session
    began: float
    """When it began by the clock, less the time that earlier attempts spent."""
    saved: float
    """When the last checkpoint was taken."""

    @property
    def seconds(self) -> float:
        """Training time so far."""
        return time.monotonic() - self.began


OTHER_VERSION: Final = "No worker can read this experiment: they are of another version than the API. Update them"


class Trainer:
    """Trains runs in one slot. Setting `stopping` makes it give its run back at the next chunk."""

    def __init__(self, ledger: Ledger, engine: Engine, heartbeat: Heartbeat, files: Files | None = None) -> None:
        """Args: `files` gives the data sets' files; left out: they are here."""
        self.stopping = threading.Event()
        self._files = files
        self._postponements = Postponements(ledger)
        self._ledger = ledger
        self._engine = engine
        self._heartbeat = heartbeat
        self._last: _OpenExperiment | None = None

    def turn(self, experiment_id: str) -> bool:
        """Trains runs of an experiment, each to its end, until `TURN_SECONDS` are over. True: some may still wait."""
        try:
            with self._files_of(experiment_id) as are_here:
                return are_here and self._turn(experiment_id, time.monotonic() + TURN_SECONDS)
        except FilesAway as reason:
            seconds = self._postponements.add(experiment_id, self._worker, str(reason))
            logger.warning("%s is postponed by %d s: %s", experiment_id, seconds, reason)
        except DataUnavailable as missing:
            self._refuse(experiment_id, str(missing), missing)
        except Invalid as invalid:
            self._refuse(experiment_id, str(invalid))
        except ValidationError as error:
            logger.warning("%s can't be read: %s", experiment_id, error)
            self._refuse(experiment_id, OTHER_VERSION)
        except redis.RedisError:
            raise
        except Exception as error:  # before a run was claimed: else it would come again and again
            self._refuse(experiment_id, logs.without_places(f"{type(error).__name__}: {error}".strip()), error)
        return False

    @property
    def _worker(self) -> str:
        """The worker that this slot is of, `host/worker`."""
        return self._heartbeat.slot.rpartition("/")[0]

    @contextmanager
    def _files_of(self, experiment_id: str) -> Iterator[bool]:
        """Whether an experiment's files are here, fetched if need be. False: it is postponed, or not open any more.

        Raises:
            FilesAway, Invalid, DataUnavailable: as `Files.provided`.
        """
        if self._files is None:
            yield True
            return
        is_due = self._postponements.is_due(experiment_id, self._worker)
        dataset = self._dataset_of(experiment_id) if is_due else None
        if dataset is None:
            yield False
            return
        with self._files.provided(dataset):
            self._postponements.end(experiment_id, self._worker)
            yield True

    def _dataset_of(self, experiment_id: str) -> Dataset | None:
        """An experiment's data set; None where it is not open any more."""
        if self._last is not None and self._last.id == experiment_id:
            return self._last.arms[0].dataset
        spec = self._ledger.spec(experiment_id)
        return None if spec is None else Experiment.model_validate(spec["experiment"]).dataset

    def _turn(self, experiment_id: str, until: float) -> bool:
        experiment = self._open(experiment_id)
        while experiment is not None and not self.stopping.is_set():
            compiled = self._engine.compiled(experiment.programs)
            claim = self._ledger.claim(experiment_id, self._heartbeat.slot, compiled)
            if claim is None:
                return False
            if claim.run >= len(experiment.numbers.places):  # seeds were added after it was opened
                self._last = None
                experiment = self._open(experiment_id)
                if experiment is None:
                    return False
            with self._heartbeat.holding(claim):
                self._run(claim, experiment)
            if time.monotonic() > until:
                return True
        return self.stopping.is_set()

    def _open(self, experiment_id: str) -> _OpenExperiment | None:
        """The experiment; None where the ledger has it no longer."""
        if self._last is None or self._last.id != experiment_id:
            spec = self._ledger.spec(experiment_id)
            if spec is None:
                return None
            self._last = _OpenExperiment.of(experiment_id, spec)
        return self._last

    def _refuse(self, experiment_id: str, reason: str, error: Exception | None = None) -> None:
        """Leaves an experiment that was valid in the API but isn't here, as where a file is missing, to other workers.

        Its runs fail where no worker is left that has not declined it; their log has the `error` that is behind it.
        """
        logger.error("%s can't be trained here: %s", experiment_id, reason)
        if not self._ledger.decline(experiment_id, self._worker):
            return
        while (claim := self._ledger.claim(experiment_id, self._heartbeat.slot, [])) is not None:
            with logs.log_context(**self._words_of(claim)), logs.captured_log() as log:
                if error is not None:
                    logger.error("run %d of %s failed", claim.run, claim.experiment, exc_info=error)
                self._fail(claim, reason, log.lines())

    def _words_of(self, claim: Claim) -> dict[str, Any]:
        """Words of a log line on a run, as far as its experiment can be read."""
        words: dict[str, Any] = {"experiment": claim.experiment, "fence": claim.fence}
        with suppress(Exception):
            experiment = self._open(claim.experiment)
            if experiment is not None:
                arm, replicate = experiment.run(claim.run)
                words |= {"arm": arm.name, "seed": replicate.seed}
        return words

    def _fail(self, claim: Claim, reason: str, log: Sequence[str] = ()) -> None:
        data = {"error": reason[:2000], "log": list(log)}
        self._persist(lambda: self._ledger.finish(claim, "failed", data))

    def _run(self, claim: Claim, experiment: _OpenExperiment) -> None:
        """Trains a claimed run, and ends it as failed where its training raises an error."""
        arm, replicate = experiment.run(claim.run)
        seed = replicate.seed
        context = logs.log_context(experiment=claim.experiment, arm=arm.name, seed=seed, fence=claim.fence)
        with context, logs.captured_log() as log:
            logger.info("training %s run %d (%s, seed %d)", claim.experiment, claim.run, arm.name, seed)
            try:
                self._train(claim, arm, seed, frames=replicate == experiment.replicates[0])
            except redis.RedisError as error:
                if not is_gap(error):
                    raise
                # Redis lost its last second, so the log has fewer epochs than it had: they are trained again.
                logger.warning("run %d of %s goes back: %s", claim.run, claim.experiment, error)
                self._persist(lambda: self._ledger.release(claim))
            except Exception as error:
                # An error that the model makes TensorFlow raise ends this run alone, and the page shows its reason.
                logger.exception("run %d of %s failed", claim.run, claim.experiment)
                is_sentence = isinstance(error, DataUnavailable | DamagedFile | Invalid)
                reason = str(error) if is_sentence else logs.without_places(f"{type(error).__name__}: {error}".strip())
                self._fail(claim, reason, log.lines())

    def _train(self, claim: Claim, arm: ResolvedArm, seed: int, *, frames: bool) -> None:
        """Trains a run to its end, or until its experiment is paused or cancelled, or the worker stops."""
        began = time.monotonic() - claim.seconds
        arm.dataset.fetch(self._heartbeat.progress)
        session = self._session(claim, arm, seed, frames=frames)
        attempt = _Attempt(claim, session, began, saved=time.monotonic())
        while not session.done:
            control = self._control()
            if control == "run":
                chunk = session.step()
                self._heartbeat.progress()
                control = self._append(attempt, chunk)
            if control == "fenced":
                _log_lost(claim)
                return
            if control != "run" and not session.done:
                self._persist(lambda: self._ledger.release(claim, session.checkpoint()))
                return
        self._report(attempt)

    def _append(self, attempt: _Attempt, chunk: Chunk) -> Control:
        """Adds the epochs of a chunk that the log doesn't have yet to it, with a checkpoint where one is due."""
        claim, done = attempt.claim, attempt.claim.epochs_done
        last = chunk.first_epoch + len(chunk.figures) - 1
        if last <= done:
            return "run"  # trained again, on the way from the checkpoint to the log's end
        figures = chunk.figures[max(0, done + 1 - chunk.first_epoch) :]
        first = last - len(figures) + 1
        taken = chunk.snapshots.since(done + 1 if done else 0) if chunk.snapshots else None
        snapshots = (taken.epoch.tolist(), taken.pack()) if taken and len(taken.epoch) else None
        checkpoint = self._due_checkpoint(attempt)
        data, seconds = figures.tobytes(), attempt.seconds
        return self._persist(lambda: self._ledger.append(claim, first, last, data, seconds, checkpoint, snapshots))

    def _due_checkpoint(self, attempt: _Attempt) -> bytes:
        """A checkpoint, or nothing where the last one is recent, the run is done, or the checkpoint is too large."""
        if attempt.session.done or time.monotonic() - attempt.saved <= CHECKPOINT_SECONDS:
            return b""
        checkpoint = attempt.session.checkpoint()
        attempt.saved = time.monotonic()
        return checkpoint if len(checkpoint) <= CHECKPOINT_BYTES else b""

    def _report(self, attempt: _Attempt) -> None:
        """Ends a run that is done, with its final metrics, weights and outcomes."""
        claim, session = attempt.claim, attempt.session
        evaluation, weights = session.evaluate_sets(), session.model_weights()
        data = {
            "epochs_done": session.epochs_done,
            **{name: value if math.isfinite(value) else None for name, value in session.figures().items()},
            "seconds": round(attempt.seconds, 3),
            "weights": session.weights(),
            "metrics": evaluation.metrics,
            "best_epoch": session.best_epoch,
            "weights_sha256": sha256_of(weights),
        }
        outcomes = pack_outcomes(evaluation.outcomes)
        kept: dict[KeptPart, bytes] = {
            "outputs": pack_outputs(evaluation.outputs),
            "weights": pack_weights(weights, settings().lab_weights_limit),
        }
        if not self._persist(lambda: self._ledger.finish(claim, "finished", data, outcomes, kept)):
            _log_lost(claim)

    def _control(self) -> Control:
        if self.stopping.is_set():
            return "pause"
        return self._heartbeat.control

    def _session(self, claim: Claim, arm: ResolvedArm, seed: int, *, frames: bool) -> Session:
        """The run at its last checkpoint, or at its beginning where it has none that can be resumed from."""
        checkpoint = self._persist(lambda: self._ledger.checkpoint(claim)) if claim.epochs_done else None
        if checkpoint is not None:
            try:
                session = self._engine.start(arm, seed, checkpoint, frames=frames)
                if session.epochs_done <= claim.epochs_done:
                    logger.info("run %d of %s resumes after epoch %d", claim.run, claim.experiment, session.epochs_done)
                    return session
                raise CheckpointError(
                    f"The checkpoint has {session.epochs_done} epochs, more than the log, which has {claim.epochs_done}"
                )
            except CheckpointError as error:
                # Arm, draw and seed decide every figure: training from the start gives what the log has already.
                logger.warning("run %d of %s starts anew: %s", claim.run, claim.experiment, error)
        return self._engine.start(arm, seed, frames=frames)

    def _persist(self, command: Callable[[], T]) -> T:
        """Repeats `command` while Redis is away or full, so that finished training is not lost.

        A worker that is asked to stop gives up: the lease runs out, and another worker continues the run.
        """
        wait = 0.05
        while True:
            try:
                return command()
            except redis.RedisError as error:
                if self.stopping.is_set() or not is_retryable(error):
                    raise
                self._heartbeat.progress()  # waiting for Redis is no stall
                logger.warning("Redis: %s; trying again in %.1f s", error, wait)
                time.sleep(wait)
                wait = min(1.0, wait * 2)


def _log_lost(claim: Claim) -> None:
    """Logs that the lease ran out, and the run went to another worker."""
    logger.warning("run %d of %s has another worker now: this one reports nothing more", claim.run, claim.experiment)
