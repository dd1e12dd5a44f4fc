"""`experiment.json`: the experiment as it was posted."""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.exports.base import Export, Source


class ExperimentJson(Export):
    """The experiment with defaults filled in; posted to `/api/experiments`, it runs again."""

    name = "experiment.json"
    ending = ".json"
    media_type = "application/json"
    title = "Experiment"
    summary = "Data, network, training, arms and seeds as JSON, to post again"

    def write(self, source: Source) -> Iterator[str]:
        """One piece."""
        posted = source.stored.experiment.model_dump(mode="json")
        yield json.dumps(posted, indent=2, ensure_ascii=False) + "\n"
