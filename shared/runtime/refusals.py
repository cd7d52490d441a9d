"""What a caller is told when a request is refused: a code, Vietnamese, English, never the input."""

from collections.abc import Mapping, Sequence
from enum import StrEnum, unique
from typing import Any, Final

from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct

from shared.errors import InvalidFact, TemporarilyUnavailable


@unique
class RefusalCode(StrEnum):
    """Why a request was refused, for programs."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    UNPROCESSABLE = "unprocessable"
    TOO_MANY_REQUESTS = "too_many_requests"
    OUR_FAULT = "our_fault"
    UNAVAILABLE = "unavailable"


class FieldFault(Struct, frozen=True):
    """Which field is wrong and what was expected; not what was sent."""

    field: str
    expected: str


class Refused(Struct, frozen=True):
    """The JSON body of every refusal."""

    code: RefusalCode
    message_vi: str
    message_en: str
    fields: Sequence[FieldFault] = ()


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the code
    """Raise it in a handler to refuse. Messages must not quote what was sent."""

    def __init__(
        self,
        status_code: int,
        message_vi: str = "",
        message_en: str = "",
        *,
        fields: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message_en)
        code, vi, en = _SAID.get(status_code, _SAID[400])
        self.status_code = status_code
        self.body = Refused(code, message_vi or vi, message_en or en, fields)
        self.headers = dict(headers or {})


_SAID: Final = {
    400: (RefusalCode.INVALID_REQUEST, "Yêu cầu không hợp lệ.", "The request is not valid."),
    401: (RefusalCode.UNAUTHORIZED, "Cần đăng nhập.", "Authentication is required."),
    403: (RefusalCode.FORBIDDEN, "Không được phép.", "This is not allowed."),
    404: (RefusalCode.NOT_FOUND, "Không tìm thấy.", "Nothing is here."),
    405: (
        RefusalCode.METHOD_NOT_ALLOWED,
        "Địa chỉ này không nhận phương thức đó.",
        "This address does not take that method.",
    ),
    409: (RefusalCode.CONFLICT, "Mâu thuẫn với dữ liệu đã ghi.", "In conflict with the record."),
    413: (RefusalCode.TOO_LARGE, "Nội dung gửi lên quá lớn.", "The body is too large."),
    415: (
        RefusalCode.UNSUPPORTED_MEDIA_TYPE,
        "Không nhận kiểu nội dung này.",
        "This content type is not accepted.",
    ),
    422: (
        RefusalCode.UNPROCESSABLE,
        "Nội dung đúng cú pháp nhưng không dùng được.",
        "Well-formed, but of no use.",
    ),
    429: (
        RefusalCode.TOO_MANY_REQUESTS,
        "Quá nhiều yêu cầu, hãy thử lại sau.",
        "Too many requests: try again later.",
    ),
    500: (
        RefusalCode.OUR_FAULT,
        "Lỗi của hệ thống; đã được ghi lại.",
        "A fault of ours; it was logged.",
    ),
    503: (
        RefusalCode.UNAVAILABLE,
        "Tạm thời chưa phục vụ được, hãy thử lại.",
        "Not available now: try again.",
    ),
}


def refusal_of(error: Exception) -> Refusal:
    """How the caller is told about `error`; anything unforeseen is our fault (500)."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, ValidationException):
        return Refusal(400, fields=_fields(error.extra))
    if isinstance(error, HTTPException):
        known = error.status_code if error.status_code in _SAID else 400
        kept = {k: v for k, v in (error.headers or {}).items() if k.lower() in _KEPT_HEADERS}
        return Refusal(known if error.status_code < 500 else error.status_code, headers=kept)  # noqa: PLR2004 - HTTP
    if isinstance(error, InvalidFact):
        return Refusal(422, message_en=f"Refused: {error.reason.value}.")
    if isinstance(error, TemporarilyUnavailable):
        return Refusal(503, headers={"Retry-After": str(max(1, int(error.retry_after_seconds)))})
    return Refusal(500)


_KEPT_HEADERS: Final = {"allow", "retry-after", "www-authenticate"}


def _fields(extra: Any) -> list[FieldFault]:
    """Findings of msgspec without the values it may quote."""
    if not isinstance(extra, list):
        return []
    return [
        FieldFault(str(item.get("key", "")), _expected(str(item.get("message", ""))))
        for item in extra
        if isinstance(item, dict)
    ]


def _expected(message: str) -> str:
    if message.startswith(("Expected ", "Object missing required field ")):
        return message
    if message.startswith("Invalid enum value"):
        return "one of the listed values"
    if message.startswith("Object contains unknown field"):
        return "no unknown field"
    return "an allowed value"
