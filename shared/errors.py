"""The two families of failure, named by what to do next."""

from enum import StrEnum, unique


@unique
class RejectReason(StrEnum):
    """Why a submission will never become a fact. The values are metric labels and API codes."""

    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    NOT_CLOUDEVENT = "not_cloudevent"
    UNKNOWN_TYPE = "unknown_type"
    TYPE_NOT_ACCEPTED = "type_not_accepted"
    UNKNOWN_FIELD = "unknown_field"
    INVALID_FIELD = "invalid_field"
    INVALID_DOSSIER_CODE = "invalid_dossier_code"
    INVALID_PROCEDURE_CODE = "invalid_procedure_code"
    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_OLD = "time_too_old"
    DUE_BEFORE_RECEIVED = "due_before_received"
    DISTRICT_CLOSED = "district_closed"
    CONFLICT = "conflict"
    UNMAPPED_ROW = "unmapped_row"
    OUR_FAULT = "our_fault"


class InvalidFact(Exception):  # noqa: N818 - the name says what it is
    """It will never be right: park it with its reason, count it, acknowledge it.

    `detail` names the field and the rule, never the value that was refused.
    """

    def __init__(self, reason: RejectReason, detail: str = "", *, field: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
        self.field = field


class TemporarilyUnavailable(Exception):  # noqa: N818 - same
    """It may work later: try again after `retry_after_seconds`, a bounded number of times."""

    def __init__(self, reason: str, *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds
