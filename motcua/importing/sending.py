"""Batches of CloudEvents to intake over HTTP, and its answer to each event.

Sending again is always safe: the bytes and ids are the same, and intake answers `duplicate`.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum, unique
from typing import NamedTuple

import httpx
import msgspec
from msgspec import Struct
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from .submissions import Submission

BATCH_EVENTS_MAX = 500
BATCH_BYTES_MAX = 512 * 1024
ATTEMPTS_MAX = 12
_WAIT_MAX_SECONDS = 30.0
_RETRY_AFTER_MAX_SECONDS = 120.0
_BUSY = {429, 502, 503, 504}


class CannotSendError(RuntimeError):
    """Sending stopped; the message says why and what to do, in Vietnamese first."""


@unique
class Outcome(StrEnum):
    """What intake did with one event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Reason(Struct, frozen=True):
    """Why an event was refused, as intake says it."""

    code: str = ""
    message_vi: str = ""
    message_en: str = ""
    field: str | None = None


class Answer(Struct, frozen=True):
    """Intake's answer to one event."""

    outcome: Outcome
    id: str | None = None
    reasons: list[Reason] = []


class _Answers(Struct):
    results: list[Answer]


class _NotNowError(Exception):
    def __init__(self, why: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_seconds = retry_after_seconds


class Answered(NamedTuple):
    """An event and what became of it."""

    submission: Submission
    answer: Answer


class Sender:
    """Posts batches to one intake as one publisher."""

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        *,
        sleep: Callable[[float], None],
        on_wait: Callable[[str, float], None] = lambda _why, _seconds: None,
    ) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/v1/events"
        self._on_wait = on_wait
        self._retrying = Retrying(
            retry=retry_if_exception_type(_NotNowError),
            stop=stop_after_attempt(ATTEMPTS_MAX),
            wait=_wait_seconds,
            sleep=sleep,
            before_sleep=self._tell,
            reraise=True,
        )

    def send(self, batch: Sequence[Submission]) -> list[Answered]:
        """Return what became of each event. An empty batch is not sent.

        A body that is refused without an answer per event is halved until the culprit stands
        alone: one bad event never takes its neighbours with it.

        Raises:
            CannotSendError: the token or address is wrong, or intake stayed away too long.
        """
        if not batch:
            return []
        try:
            response = self._retrying(self._post, b"[" + b",".join(s.body for s in batch) + b"]")
        except _NotNowError as error:
            raise CannotSendError(
                f"Bộ phận tiếp nhận không trả lời sau {ATTEMPTS_MAX} lần thử: {error}. "
                "Chạy lại cùng lệnh khi hệ thống sẵn sàng; phần đã gửi không bị ghi hai lần. "
                "(intake stayed unavailable; run the same command again)"
            ) from None
        answers = _answers(response)
        if answers is not None and len(answers) == len(batch):
            return [Answered(*pair) for pair in zip(batch, answers, strict=True)]
        if response.status_code < httpx.codes.BAD_REQUEST:
            raise CannotSendError(
                f"Địa chỉ {self._url} không trả lời như bộ phận tiếp nhận của Một Cửa; "
                "kiểm tra --url (the answer is not intake's)"
            )
        if len(batch) > 1:
            half = len(batch) // 2
            return self.send(batch[:half]) + self.send(batch[half:])
        return [Answered(batch[0], Answer(Outcome.REJECTED, reasons=[_whole_reason(response)]))]

    def _post(self, body: bytes) -> httpx.Response:
        try:
            response = self._client.post(self._url, content=body)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise CannotSendError(f"Địa chỉ không hợp lệ: {self._url} (not an URL)") from None
        except httpx.TransportError as error:
            raise _NotNowError(type(error).__name__) from None
        if response.status_code in _BUSY:
            after = _seconds(response.headers.get("Retry-After", ""))
            raise _NotNowError(f"HTTP {response.status_code}", after)
        if response.status_code in {401, 403}:
            raise CannotSendError(
                "Khóa (token) không được chấp nhận: kiểm tra --publisher, --token-file hoặc "
                "MOTCUA_TOKEN. (the token was refused)"
            )
        if response.status_code in {404, 405}:
            raise CannotSendError(f"Không có {self._url}: kiểm tra --url (no such address)")
        return response

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self._on_wait(str(error), state.next_action.sleep if state.next_action else 0.0)


def batches(submissions: Iterator[Submission]) -> Iterator[list[Submission]]:
    """Yield batches of at most 500 events and 512 KiB; a larger single event goes alone."""
    batch: list[Submission] = []
    size = 0
    for submission in submissions:
        full = len(batch) == BATCH_EVENTS_MAX or size + len(submission.body) > BATCH_BYTES_MAX
        if batch and full:
            yield batch
            batch, size = [], 0
        batch.append(submission)
        size += len(submission.body)
    if batch:
        yield batch


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _NotNowError) and error.retry_after_seconds is not None:
        return error.retry_after_seconds
    return float(min(_WAIT_MAX_SECONDS, 0.25 * 2**state.attempt_number))


def _seconds(written: str) -> float | None:
    try:
        return min(_RETRY_AFTER_MAX_SECONDS, max(0.0, float(written)))
    except ValueError:
        return None  # an HTTP date: our own pace is as good


def _answers(response: httpx.Response) -> list[Answer] | None:
    try:
        return msgspec.json.decode(response.content, type=_Answers).results
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _whole_reason(response: httpx.Response) -> Reason:
    code = "too_large" if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE else ""
    return Reason(code=code or f"http_{response.status_code}")
