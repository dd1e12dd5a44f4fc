"""The OpenAPI document describes every call."""

from __future__ import annotations

import re

from app.main import app


def test_every_call_has_words_and_named_answers() -> None:
    schema = app.openapi()
    for path, methods in schema["paths"].items():
        assert re.match(r"/api/|/metrics$", path)
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
