"""Error responses of the API: `application/problem+json` (RFC 9457) with a sentence that says what to do."""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus
from typing import Any, Final

import redis
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from kombu.exceptions import OperationalError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException

from app.failure import Failure
from app.stored import UnreadableExperiment
from core.catalog.datasets.checksums import DamagedFile
from core.catalog.datasets.uploads import uploads_directory
from core.ledger import ForeignLedger
from core.problems import MAX_PROBLEMS, Invalid, Problem, problems_of_details, query_problem

logger = logging.getLogger(__name__)

PROBLEM: Final = "application/problem+json"


class LocatedError(BaseModel):
    """One validation error of a body."""

    location: list[str | int] = Field(description="Keys and indices from the body's top.")
    message: str


class ProblemBody(BaseModel):
    """Body of every error response."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="Sentence that says what is wrong and what to do.")
    errors: list[LocatedError] = Field(default_factory=list, description="Validation errors of the body, at most 100.")


def problem_response(
    status: int, detail: str, problems: list[Problem] | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The response for an error."""
    body = ProblemBody(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=[LocatedError(location=list(p.location), message=p.message) for p in (problems or [])[:MAX_PROBLEMS]],
    )
    return JSONResponse(body.model_dump(), status, headers, media_type=PROBLEM)


def _invalid(problems: list[Problem]) -> JSONResponse:
    first = problems[0]
    place = " → ".join(str(part) for part in first.location) or "body"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return problem_response(422, f"{place}: {first.message}{more}", problems)


async def _on_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    details: list[Any] = list(error.errors())
    for detail in details:
        if detail["type"] == "json_invalid":
            place, reason = detail["loc"][-1], detail["ctx"]["error"]
            return _unreadable(f"The body is not valid JSON: {reason} at character {place}")
    in_body: list[Any] = [{**d, "loc": d["loc"][1:]} for d in details if d["loc"][0] == "body"]
    if in_body and "json" not in request.headers.get("content-type", "json"):
        return problem_response(415, "Send JSON, with the header Content-Type: application/json")
    elsewhere = [query_problem(d) for d in details if d["loc"][0] != "body"]
    return _invalid(problems_of_details(in_body, error.body) + elsewhere)


def _unreadable(sentence: str) -> JSONResponse:
    return problem_response(400, sentence, [Problem((), sentence)])


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Invalid)  # noqa: S101 - for the type checker
    return _invalid(error.problems)


async def _on_failure(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Failure)  # noqa: S101 - for the type checker
    return problem_response(error.status, error.detail, headers=error.headers)


async def _on_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    if error.status_code == 400 and error.detail == "There was an error parsing the body":  # FastAPI's words
        return _unreadable("The body can't be read as JSON: it is nested too deeply, or is not UTF-8")
    sentences = {
        404: "Nothing is at this address; /api/docs lists the calls",
        405: "This address does not allow that method; /api/docs lists the calls",
    }
    detail = sentences.get(error.status_code, str(error.detail))
    return problem_response(error.status_code, detail, headers=dict(error.headers or {}))


async def _on_redis(_: Request, error: Exception) -> JSONResponse:
    logger.warning("Redis: %s", error)
    return problem_response(
        503, "Redis can't be reached or is full. Nothing is lost; try again shortly", headers={"Retry-After": "5"}
    )


async def _on_foreign(_: Request, error: Exception) -> JSONResponse:
    return problem_response(503, str(error), headers={"Retry-After": "60"})


async def _on_store(_: Request, error: Exception) -> JSONResponse:
    logger.error("Store: %s", error)
    return problem_response(
        503, "The store can't be reached or written. Try again shortly", headers={"Retry-After": "5"}
    )


async def _on_data(_: Request, error: Exception) -> JSONResponse:
    logger.warning("Store: %s", error)
    return problem_response(400, "A text in this request has a character that can't be stored, such as NUL; remove it")


async def _on_missing_file(request: Request, error: Exception) -> JSONResponse:
    """Tells of an upload that was removed while it was used; another missing file is a fault of the service."""
    named = str(getattr(error, "filename", None) or "")
    if not named.startswith(str(uploads_directory())):
        raise error
    return problem_response(409, "The data set's file was removed meanwhile: upload it again, or choose another")


async def _on_damaged_file(_: Request, error: Exception) -> JSONResponse:
    return problem_response(409, str(error))


async def _on_disk(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        raise error
    logger.error("No room: %s", error)
    return problem_response(507, "The lab's disk is full, and nothing of this was kept: make room there, or send less")


async def _on_unreadable(_: Request, error: Exception) -> JSONResponse:
    logger.error("%s", error, exc_info=error)
    return problem_response(
        500, "The lab could not read this experiment: it is damaged, or of another version. Its log says why"
    )


async def _on_unexpected(_: Request, error: Exception) -> JSONResponse:
    return problem_response(500, "Internal error; see the service's log")


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {
        "description": "Error, with what to do",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
    }
}
"""Error responses of every call in the schema; FastAPI's default would be `application/json`."""


def describe_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the schemas that `RESPONSES` refers to."""
    described = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schema["components"]["schemas"] |= {**described.pop("$defs"), "ProblemBody": described}
    return schema


def install_handlers(app: FastAPI) -> None:
    """Registers handlers that turn every error of `app` into a problem body."""
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(Invalid, _on_invalid)
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DataError, _on_data)
    app.add_exception_handler(OSError, _on_disk)
    app.add_exception_handler(SQLAlchemyError, _on_store)
    app.add_exception_handler(ForeignLedger, _on_foreign)
    for unreachable in (redis.RedisError, OperationalError):
        app.add_exception_handler(unreachable, _on_redis)
    app.add_exception_handler(DamagedFile, _on_damaged_file)
    app.add_exception_handler(UnreadableExperiment, _on_unreadable)
    app.add_exception_handler(FileNotFoundError, _on_missing_file)
    app.add_exception_handler(Exception, _on_unexpected)
