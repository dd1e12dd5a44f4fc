"""One claimed run, from its first epoch (or its checkpoint) to its end: the engine's chunks into the ledger."""

from __future__ import annotations

import functools
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import redis

from core import logs
from core.catalog.datasets import DataUnavailable
from core.experiment.experiment import Experiment, resolve
from core.experiment.resolution import ResolvedArm
from core.ledger import Claim, Control, Ledger, is_gap, is_retryable
from core.problems import Invalid
from core.runs.snapshots import pack_outcomes
from worker.engine import CheckpointError, Engine, Session
from worker.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS: Final = 2.0
"""How much training a death may cost."""
CHECKPOINT_BYTES: Final = 16_000_000
"""Larger checkpoints are taken only when the run is given back: Redis holds them."""
TURN_SECONDS: Final = 1.0
"""How long one ring of the doorbell is good for: then other experiments have their turn."""

T = TypeVar("T")


class Trainer:
    """Trains the runs of one slot. `stopping` asks it to give its run back at the next chunk."""

    def __init__(self, ledger: Ledger, engine: Engine, heartbeat: Heartbeat) -> None:
        self.stopping = threading.Event()
        self._ledger = ledger
        self._engine = engine
        self._heartbeat = heartbeat
        self._known: tuple[str, Experiment, list[ResolvedArm]] | None = None

    def turn(self, experiment: str) -> bool:
        """Trains runs of `experiment` for about a second, each to its end. True: some may still wait."""
        until = time.monotonic() + TURN_SECONDS
        try:
            arms = self._arms(experiment)
        except Invalid as invalid:
            self._refuse(experiment, str(invalid))
            return False
        while arms and not self.stopping.is_set():
            compiled = sorted({arm.program() for arm in arms if self._engine.has(arm)})
            claim = self._ledger.claim(experiment, self._heartbeat.slot, compiled)
            if claim is None:
                return False
            with self._heartbeat.holding(claim):
                self._train(claim, *self._run(claim.run))
            if time.monotonic() > until:
                return True
        return self.stopping.is_set()

    def _arms(self, experiment: str) -> list[ResolvedArm]:
        """The experiment's arms; none where it is not open any more."""
        if self._known is None or self._known[0] != experiment:
            spec = self._ledger.spec(experiment)
            if spec is None:
                return []
            body = Experiment.model_validate(spec["experiment"])
            self._known = (experiment, body, resolve(body))
        return self._known[2]

    def _refuse(self, experiment: str, reason: str) -> None:
        """Ends the runs of an experiment that was sound where it was posted, but isn't here: a file is missing, say."""
        logger.error("%s can't be trained here: %s", experiment, reason)
        while (claim := self._ledger.claim(experiment, self._heartbeat.slot, [])) is not None:
            self._fail(claim, reason)

    def _fail(self, claim: Claim, reason: str, log: Sequence[str] = ()) -> None:
        data = {"error": reason[:2000], "log": list(log)}
        self._persist(lambda: self._ledger.finish(claim, "failed", data))

    def _run(self, run: int) -> tuple[ResolvedArm, int]:
        assert self._known is not None  # noqa: S101 - claimed runs are of the known experiment
        _, body, arms = self._known
        arm, seed = divmod(run, len(body.seeds))
        return arms[arm], body.seeds[seed]

    def _train(self, claim: Claim, arm: ResolvedArm, seed: int) -> None:
        about = logs.log_context(experiment=claim.experiment, arm=arm.name, seed=seed, fence=claim.fence)
        with about, logs.captured_log() as log:
            logger.info("training %s run %d (%s, seed %d)", claim.experiment, claim.run, arm.name, seed)
            try:
                self.train_run(claim, arm, seed)
            except redis.RedisError as error:
                if not is_gap(error):
                    raise
                # The log has fewer epochs than it had: Redis lost its last second. They are trained again.
                logger.warning("run %d of %s goes back: %s", claim.run, claim.experiment, error)
                self._persist(lambda: self._ledger.release(claim))
            except Exception as error:
                # Whatever the model makes TensorFlow raise ends this run alone, with its reason for the person to read.
                logger.exception("run %d of %s failed", claim.run, claim.experiment)
                sentence = isinstance(error, DataUnavailable | Invalid)
                reason = str(error) if sentence else logs.without_places(f"{type(error).__name__}: {error}".strip())
                self._fail(claim, reason, log.lines())

    def train_run(self, claim: Claim, arm: ResolvedArm, seed: int) -> None:
        began = time.monotonic() - claim.seconds
        arm.dataset.fetch(self._heartbeat.progress)
        session = self._session(claim, arm, seed)
        saved = time.monotonic()
        while not session.done:
            control = self._control()
            if control == "fenced":
                _lost(claim)
                return
            if control != "run":
                self._persist(lambda: self._ledger.release(claim, session.checkpoint()))
                return
            chunk = session.step()
            self._heartbeat.progress()
            last = chunk.first_epoch + len(chunk.figures) - 1
            if last <= claim.epochs_done:
                continue  # trained again on the way from the checkpoint to where the log ends
            # Where the log ends within this chunk, it gets the rest.
            figures = chunk.figures[max(0, claim.epochs_done + 1 - chunk.first_epoch) :]
            seen = chunk.snapshots.since(claim.epochs_done + 1 if claim.epochs_done else 0) if chunk.snapshots else None
            snapshots = (seen.epoch.tolist(), seen.pack()) if seen and len(seen.epoch) else None
            checkpoint = b""
            if time.monotonic() - saved > CHECKPOINT_SECONDS and not session.done:
                checkpoint = session.checkpoint()
                checkpoint = checkpoint if len(checkpoint) <= CHECKPOINT_BYTES else b""
                saved = time.monotonic()
            seconds, first = time.monotonic() - began, last - len(figures) + 1
            append = functools.partial(self._ledger.append, claim, first, last, figures.tobytes(), seconds)
            control = self._persist(functools.partial(append, checkpoint, snapshots))
            if control == "fenced":
                _lost(claim)
                return
            if control != "run" and not session.done:
                self._persist(lambda: self._ledger.release(claim, session.checkpoint()))
                return
        metrics, outcomes = session.evaluate_sets()
        data = {
            "epochs_done": session.epochs_done,
            **{name: value if math.isfinite(value) else None for name, value in session.figures().items()},
            "seconds": round(time.monotonic() - began, 3),
            "weights": session.weights(),
            "metrics": metrics,
            "best_epoch": session.best_epoch,
            "weights_sha256": session.weights_sha256(),
        }
        packed = pack_outcomes(outcomes)
        if not self._persist(lambda: self._ledger.finish(claim, "finished", data, packed)):
            _lost(claim)

    def _control(self) -> Control:
        if self.stopping.is_set():
            return "pause"
        return self._heartbeat.control

    def _session(self, claim: Claim, arm: ResolvedArm, seed: int) -> Session:
        assert self._known is not None  # noqa: S101 - claimed runs are of the known experiment
        frames = seed == self._known[1].seeds[0]
        checkpoint = self._persist(lambda: self._ledger.checkpoint(claim)) if claim.epochs_done else None
        if checkpoint is not None:
            try:
                session = self._engine.start(arm, seed, checkpoint, frames=frames)
                if session.epochs_done <= claim.epochs_done:
                    return session
                raise CheckpointError(f"The checkpoint is {session.epochs_done} epochs on, the log {claim.epochs_done}")
            except CheckpointError as error:
                # Its numbers are decided by arm and seed, so beginning anew gives what the log has already.
                logger.warning("run %d of %s begins anew: %s", claim.run, claim.experiment, error)
        return self._engine.start(arm, seed, frames=frames)

    def _persist(self, command: Callable[[], T]) -> T:
        """Does `command`, again and again while Redis is away or full: training that is done is not given up for that.

        A worker that is asked to stop gives up; the lease runs out, and the run goes on elsewhere.
        """
        wait = 0.05
        while True:
            try:
                return command()
            except redis.RedisError as error:
                if self.stopping.is_set() or not is_retryable(error):
                    raise
                self._heartbeat.progress()  # who waits for Redis doesn't hang
                logger.warning("Redis: %s; trying again in %.1f s", error, wait)
                time.sleep(wait)
                wait = min(1.0, wait * 2)


def _lost(claim: Claim) -> None:
    """This worker was silent for longer than its lease."""
    logger.warning("run %d of %s is this worker's no longer: nothing more is said of it", claim.run, claim.experiment)
