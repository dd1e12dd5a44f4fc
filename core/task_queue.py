"""Celery: the doorbell that wakes a worker. What is to be done stands in the ledger.

A ring says "this experiment has runs that wait". A worker that hears it claims runs for about a second and then rings
again, at the end of the queue, if some still wait: so experiments take turns, and rings never pile up.
"""

from __future__ import annotations

from typing import Any, Final, cast

import redis
from celery import Celery

from core.settings import settings

QUEUE: Final = "lab"
TRAIN: Final = "train"
"""Name of the task; its one argument is the experiment's id."""


def celery_app() -> Celery:
    """The Celery application, the same for those who ring and those who answer.

    Acknowledged early and never redelivered: the ledger's leases decide who tries again, and when. Broker losses don't
    end training (`cancel_long_running_tasks`), since a worker can train on and report later.
    """
    celery = Celery("constraint_lab", broker=settings().redis_url)
    celery.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_pool="prefork",
        worker_pool_start_method="spawn",  # TensorFlow hangs in a process that was forked after it ran
        worker_concurrency=settings().slots,
        worker_proc_alive_timeout=300,  # a child is up when it has imported TensorFlow
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
        },
    )
    return celery


def enqueue(celery: Celery, experiment: str, times: int = 1) -> None:
    """Wakes up to `times` workers for an experiment.

    Raises:
        kombu.exceptions.OperationalError: Redis is away.
    """
    for _ in range(times):
        celery.send_task(TRAIN, args=[experiment], retry=False)


def queued_wake_ups(client: redis.Redis) -> int:
    """How many rings nobody has heard yet."""
    return cast(int, cast(Any, client).llen(QUEUE))
