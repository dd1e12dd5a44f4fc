"""The Celery worker: `python -m celery -A worker.main:celery worker`.

The main process imports TensorFlow. Each pool process, forked from it, is one slot: it keeps the programs that it
compiled, and sends a heartbeat.
SIGTERM asks every slot to give its run back with a checkpoint; another worker, or this one's next life, goes on there.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from typing import Any

from celery import signals
from pydantic import ValidationError

from core import logs
from core.ledger import Ledger, connect
from core.settings import keep_private, settings, wrong_settings
from core.task_queue import PREDICT_TASK, SLOTS_ARE_FORKED, TASK_NAME, celery_app, enqueue, taken
from worker import prediction_task

logger = logging.getLogger(__name__)

try:
    celery = celery_app()
except ValidationError as error:
    raise SystemExit(wrong_settings(error)) from None

_slot: dict[str, Any] = {}
"""This process's trainer, heartbeat, ledger, client of Redis, models to predict with and files, once it is a slot."""


def _import_engine() -> None:
    # Imports make no garbage, and looking for it would take a second.
    gc.disable()
    keep_private()
    from worker.runtime import import_tensorflow

    # Keras' loaders keep what they download in `datasets` below this directory, where the API finds it too.
    os.environ["KERAS_HOME"] = str(settings().lab_data.resolve())
    import_tensorflow(settings().lab_data / "xla")

    import sklearn.datasets  # noqa: F401 - so that the first run doesn't wait for it

    import worker.engine
    import worker.heartbeat
    import worker.training_task  # noqa: F401

    # What is imported stays; so the collector doesn't touch its pages, and slots go on sharing them.
    gc.freeze()
    gc.enable()


@signals.setup_logging.connect
def _set_up_logging(loglevel: int | str = "INFO", **_: Any) -> None:
    logs.configure(loglevel or "INFO")
    logging.getLogger("celery.worker.strategy").setLevel("WARNING")
    logging.getLogger("celery.app.trace").setLevel("WARNING")


@signals.worker_init.connect
def _prepare_slots(**_: Any) -> None:
    """Imports all that slots need before they are forked, so that each starts at once and shares that memory."""
    if SLOTS_ARE_FORKED:
        _import_engine()


@signals.worker_process_init.connect
def _become_slot(**_: Any) -> None:
    """Configures TensorFlow and starts the heartbeat: from now on this process can train."""
    # Slots use every core there is; the API and the person's browser go first.
    os.nice(10)
    if not SLOTS_ARE_FORKED:
        _import_engine()
    from worker.engine import Engine
    from worker.files import Files
    from worker.heartbeat import Heartbeat
    from worker.network import Predictors
    from worker.runtime import configure
    from worker.training_task import Trainer

    # One thread each: every core has a slot of its own, and sums don't depend on how many cores there are.
    configure(threads=1)
    client = connect(settings().redis_url)
    ledger = Ledger(client)
    heartbeat = Heartbeat(ledger)
    files = Files(client)
    trainer = Trainer(ledger, Engine(), heartbeat, files)
    files.is_stopping = trainer.stopping.is_set
    signal.signal(signal.SIGUSR2, lambda *_: trainer.stopping.set())
    _slot.update(trainer=trainer, heartbeat=heartbeat, ledger=ledger, client=client)
    _slot.update(predictors=Predictors(), files=files)
    heartbeat.start()


@signals.worker_process_shutdown.connect
def _stop_slot(**_: Any) -> None:
    if "heartbeat" in _slot:
        _slot["heartbeat"].stop()


@signals.worker_shutting_down.connect
def _ask_slots_to_stop(**_: Any) -> None:
    """Runs in the worker's main process, at the SIGTERM that makes Celery wait for its tasks to end.

    (Celery's soft shutdown, at SIGQUIT, would send this signal only when its waiting time is over.)
    """
    from billiard import active_children

    for child in active_children():
        if child.pid is not None:
            os.kill(child.pid, signal.SIGUSR2)


@celery.task(name=TASK_NAME)
def train(experiment: str) -> None:
    """Trains runs of an experiment for one turn, and enqueues another wake-up if some still wait."""
    client = _slot["client"]
    taken(client, experiment)
    if _slot["trainer"].turn(experiment):
        enqueue(celery, client, experiment, 1, len(_slot["ledger"].slots()))


@celery.task(name=PREDICT_TASK)
def predict(question: str) -> None:
    """Answers a question for predictions."""
    prediction_task.predict(_slot["client"], _slot["predictors"], _slot["files"], question)
