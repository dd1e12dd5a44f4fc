"""Answers that a client may keep, and asks again only whether they have changed."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from fastapi import Request, Response

NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "Nothing has changed since the answer whose `ETag` was sent as `If-None-Match`."}
}


def tagged(request: Request, body: bytes, media_type: str = "application/json") -> Response:
    """The answer with this body; without it, 304, where the client says that it has it.

    Its tag is a hash of the body, and weak, as the body may be compressed on its way.
    """
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or tag.removeprefix("W/") in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
