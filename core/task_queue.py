"""Celery's queue of wake-ups for workers. The work itself is described in the ledger.

A wake-up says "this experiment has runs that wait". The worker that takes it claims runs for about a second and then
enqueues another, at the end of the queue, if some still wait: so experiments take turns, and wake-ups never pile up.
"""

from __future__ import annotations

import sys
from typing import Any, Final, cast

import redis
from celery import Celery
from kombu import Queue

from core.settings import settings

TASK_NAME: Final = "train"
"""Name of the task that a wake-up starts; its one argument is the experiment's id."""

PREDICT_TASK: Final = "predict"
"""Name of the task that answers a question; its one argument is the question's id."""


SLOTS_ARE_FORKED: Final = sys.platform == "linux"
"""Whether slots are forks of a worker's main process, which has imported TensorFlow but never run it.

A process forked after TensorFlow ran hangs. On macOS not even its imported libraries bear a fork.
"""


def wake_up_queue() -> str:
    """Name of the queue of wake-ups: that of the lab's keys in Redis."""
    return settings().lab_redis_prefix


def prediction_queue() -> str:
    """Name of the queue of questions for predictions: workers take from both in turn."""
    return f"{wake_up_queue()}-predictions"


def celery_app() -> Celery:
    """The Celery application of the API, which enqueues, and of the workers.

    Tasks are acknowledged early and never redelivered: the ledger's leases decide who tries again, and when. A lost
    connection to the broker doesn't end training, since a worker can train on and report later.
    """
    celery = Celery("constraint_lab", broker=settings().redis_url)
    own = "" if wake_up_queue() == "lab" else f"{wake_up_queue()}-"
    celery.conf.update(
        task_default_queue=wake_up_queue(),
        task_queues=(Queue(wake_up_queue()), Queue(prediction_queue())),
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_pool="prefork",
        worker_pool_start_method="fork" if SLOTS_ARE_FORKED else "spawn",
        worker_concurrency=settings().slots,
        worker_proc_alive_timeout=300,  # a spawned child is up when it has imported TensorFlow
        # TensorFlow frees no compiled program: a slot that grew past this (kB) is replaced between two turns.
        worker_max_memory_per_child=2_000_000,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 86400,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
            **{f"{key}_key": f"{own}{key}" for key in ("unacked", "unacked_index", "unacked_mutex")},
        },
    )
    return celery


def _on_their_way() -> str:
    """Key of the hash that counts each experiment's wake-ups in the queue."""
    return f"{wake_up_queue()}:wake-ups"


def enqueue(celery: Celery, client: redis.Redis, experiment: str, times: int, most: int) -> None:
    """Enqueues `times` wake-ups for an experiment, or fewer, so that `most` are on their way at most.

    Raises:
        kombu.exceptions.OperationalError, redis.RedisError: Redis is away.
    """
    key = _on_their_way()
    if queued_wake_ups(client) == 0:
        client.delete(key)  # whatever was lost is not on its way any more
    for _ in range(times):
        if client.hincrby(key, experiment, 1) > most:
            client.hincrby(key, experiment, -1)
            return
        celery.send_task(TASK_NAME, args=[experiment], retry=False)


def taken(client: redis.Redis, experiment: str) -> None:
    """Notes that a worker has taken a wake-up from the queue."""
    if client.hincrby(_on_their_way(), experiment, -1) <= 0:
        client.hdel(_on_their_way(), experiment)


def queued_wake_ups(client: redis.Redis) -> int:
    """Number of wake-ups that no worker has taken yet."""
    return cast(int, cast(Any, client).llen(wake_up_queue()))
