"""What goes wrong with a request, as the client gets it. Nothing of the request is repeated in it."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from prover.errors import InputError, ProverError, StatementError
from prover.service.places import Busy
from prover.service.schema import ErrorOut, statement_error_out

_PROBLEMS_SHOWN = 5

_KINDS = {404: "not_found", 405: "not_found", 413: "too_large", 499: "unavailable", 503: "unavailable"}


def http_status(error: Exception) -> int:
    """The status that fits: 422 and other 4xx are the client's to mend, 5xx are ours."""
    match error:
        case RequestValidationError():
            return 400 if _is_broken_json(error) else 422
        case HTTPException():
            return error.status_code
        case Busy():
            return 429
        case InputError():
            return 422
        case ProverError():
            return 503
    return 500


def error_out(error: Exception) -> ErrorOut:
    """The error's text; what nobody foresaw is not told."""
    match error:
        case StatementError():
            return statement_error_out(error)
        case RequestValidationError():
            return ErrorOut(kind="request", message=_problems(error))
        case HTTPException():
            return ErrorOut(kind=_KINDS.get(error.status_code, "request"), message=str(error.detail))
        case Busy():
            return ErrorOut(kind="busy", message=str(error))
        case InputError():
            return ErrorOut(kind="input", message=str(error))
        case ProverError():
            return ErrorOut(kind="unavailable", message=str(error))
    return ErrorOut(kind="internal", message="this went wrong inside the service; its log says more")


def _is_broken_json(error: RequestValidationError) -> bool:
    return any(one["type"] == "json_invalid" for one in error.errors())


def _problems(error: RequestValidationError) -> str:
    problems = error.errors()
    if _is_broken_json(error):
        return f"the body is no JSON: {problems[0]['ctx']['error']} at character {problems[0]['loc'][-1]}"
    told = [
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in problems[:_PROBLEMS_SHOWN]
    ]
    return "; ".join(told)
