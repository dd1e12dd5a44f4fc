"""Figures about this service in Prometheus' text format, and the counters that they are made from.

The format is a line a figure (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4), so it is
written here; everything that is told but requests and evictions is read where it stands when somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Kind = Literal["gauge", "counter"]


@dataclass(frozen=True)
class Family:
    """One figure, or one for each of some labels."""

    name: str
    kind: Kind
    help: str
    samples: Mapping[tuple[tuple[str, str], ...], float]
    """By labels, as (name, value); of a figure without any by ()."""

    @staticmethod
    def single(name: str, kind: Kind, help: str, value: float) -> Family:
        """A figure without labels."""
        return Family(name, kind, help, {(): value})

    @staticmethod
    def each(name: str, kind: Kind, help: str, label: str, values: Mapping[str, float]) -> Family:
        """A figure for each value of one label."""
        return Family(name, kind, help, {((label, each),): value for each, value in values.items()})


def exposition(families: Iterable[Family]) -> str:
    """The families in Prometheus' text format."""
    lines: list[str] = []
    for family in families:
        lines += [f"# HELP {family.name} {_escaped(family.help)}", f"# TYPE {family.name} {family.kind}"]
        for labels, value in family.samples.items():
            inside = ",".join(f'{name}="{_escaped(each, quoted=True)}"' for name, each in labels)
            lines.append(f"{family.name}{f'{{{inside}}}' if inside else ''} {value:.17g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str, *, quoted: bool = False) -> str:
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    return plain.replace('"', '\\"') if quoted else plain


class Counted:
    """ASGI middleware: counts answers in `requests`, by the class of their status ("2xx")."""

    def __init__(self, app: ASGIApp, requests: Counter[str]) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests[f"{message['status'] // 100}xx"] += 1
            await send(message)

        await self._app(scope, receive, counted if scope["type"] == "http" else send)
