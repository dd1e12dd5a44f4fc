"""What may be kept has a tag, by which the lab says whether it has changed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.api.experiments import finished, posted
from tests.service import PATIENCE

Json = dict[str, Any]


def kept(client: httpx.Client, path: str) -> httpx.Response:
    """The answer at `path`, which the client may keep: asked for again, it has not changed."""
    answer = client.get(path).raise_for_status()
    assert answer.headers["cache-control"] == "private, no-cache"
    tag = answer.headers["etag"]
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).content == answer.content
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    return answer


def test_the_catalog_is_sent_once(client: httpx.Client) -> None:
    assert kept(client, "/api/catalog").json()["layers"]


@pytest.mark.training
def test_an_experiment_that_has_ended_is_sent_again_only_after_a_change(client: httpx.Client, quick: Json) -> None:
    quick["split"] = {"train": 30, "holdout": 20}
    path = f"/api/experiments/{posted(client, quick)['id']}"
    finished(client, path.rpartition("/")[2])
    paths = [path, f"{path}/verdict"]
    first = {each: kept(client, each) for each in paths}
    # It says what calls that are not kept say.
    assert first[path].json() == client.post(f"{path}/cancel").json()

    revealed = client.post(f"{path}/reveal").raise_for_status().json()
    tag = first[path].headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).json() == revealed
    second = {each: kept(client, each) for each in paths}

    client.post(f"{path}/seeds", json={"seeds": [7]}).raise_for_status()
    client.get(f"{path}/events", timeout=PATIENCE)
    for each in paths:
        known = {"If-None-Match": ", ".join(answer[each].headers["etag"] for answer in (first, second))}
        assert client.get(each, headers=known).status_code == 200
        kept(client, each)


def test_what_may_still_change_has_no_tag(client: httpx.Client, endless: Json) -> None:
    id = posted(client, endless)["id"]
    for path in (f"/api/experiments/{id}", f"/api/experiments/{id}/verdict"):
        answer = client.get(path)
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
    client.delete(f"/api/experiments/{id}").raise_for_status()
