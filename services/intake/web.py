"""The HTTP ways in: events, payloads of the national sync, and a publisher's own report."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from msgspec import Struct

from shared.access import ANYONE
from shared.clock import Clock
from shared.errors import RejectReason, TemporarilyUnavailable
from shared.runtime import AnyRequest, Refusal, Refused

from .bodies import EVENTS_MAX, TooManyError, UnsupportedError, retry_after, split
from .documents import SECURITY, EventsOperation, PayloadOperation
from .domain.answers import Answer, Outcome, answer, status_code
from .handlers import Intake
from .ledger import PublisherBook, RejectsFold
from .limits import RateLimits
from .metrics import Metrics
from .national import National
from .registry import Publisher, Registry
from .rejects import Via
from .signing import SIGNATURE, TIMESTAMP, is_signed
from .sources.dvcqg.codes import SERVICES

BODY_BYTES_MAX: Final = 4 * 1_048_576
_READ_SECONDS: Final = 10.0
VIA_HEADER: Final = "motcua-via"


class Submitted(Struct, frozen=True):
    """One of those events; `reason` is empty where it was recorded."""

    id: str
    type: str
    subject: str
    outcome: Outcome
    reason: str
    at: datetime


class Report(Struct, frozen=True):
    """What a publisher's last thousand events looked like, the newest first."""

    publisher: str
    last_event_at: datetime | None
    is_silent: bool
    today: dict[Outcome, int]
    rejects_open: dict[str, int]
    events: list[Submitted]


class Door:
    """Who comes in, and how fast."""

    def __init__(
        self, registry: Registry, limits: RateLimits, metrics: Metrics, clock: Clock
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._limits = limits
        self._metrics = metrics

    def publisher(self, request: AnyRequest) -> Publisher:
        """Return whose bearer token the request carries, or refuse it (401)."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        found = self._registry.by_token(token.strip()) if kind.lower() == "bearer" else None
        if found is None:
            raise Refusal(
                401,
                "Cần khóa (token) của nguồn gửi; khóa này thiếu, sai hoặc đã thu hồi.",
                "A publisher's bearer token is needed: it is missing, wrong or revoked.",
                headers={"WWW-Authenticate": 'Bearer realm="motcua"'},
            )
        return found

    def check_signed(self, request: AnyRequest, publisher: Publisher, body: bytes) -> None:
        """Refuse (401) a body signed wrongly or long ago, or not at all where it must be."""
        signed = request.headers.get(SIGNATURE, "")
        if not signed and not publisher.must_sign:
            return
        if not is_signed(
            publisher.token_hashes, timestamp=request.headers.get(TIMESTAMP, ""), signed=signed,
            body=body, now=int(self._clock.now().timestamp()),
        ):  # fmt: skip
            raise Refusal(
                401,
                "Chữ ký của yêu cầu thiếu, sai, hoặc lệch giờ quá 5 phút.",
                "The signature is missing, wrong, or more than 300 seconds off.",
            )

    def admit(self, publisher: Publisher, count: int) -> None:
        """Let so many events pass, or refuse them (429)."""
        wait = self._limits.wait_seconds(publisher.name, count, publisher.rate_per_second)
        if wait:
            raise Refusal(429, headers={"Retry-After": retry_after(wait)})

    def note(self, code: int) -> None:
        """Count an answered request."""
        self._metrics.requests.add((str(code),))


async def body_of(request: AnyRequest) -> bytes:
    """Read the body, at most 10 seconds."""
    try:
        async with asyncio.timeout(_READ_SECONDS):
            return await request.body()
    except TimeoutError:
        raise Refusal(400, "Gửi nội dung quá chậm.", "The body came too slowly.") from None


def make_events_handler(intake: Intake, door: Door) -> HTTPRouteHandler:
    """`POST /v1/events`."""

    @post(
        "/v1/events",
        operation_class=EventsOperation,
        opt=ANYONE,
        security=SECURITY,
        summary="Gửi sự kiện / submit events",
        description="One CloudEvent (structured or binary), a JSON array, or NDJSON; each event "
        "is answered in its place. 202: all recorded (or recorded before). Sending again is safe.",
        responses={
            207: ResponseSpec(Answer, description="Some events of the batch were refused."),
            401: ResponseSpec(Refused, description="No live token."),
            409: ResponseSpec(Answer, description="The id is recorded with other content."),
            413: ResponseSpec(Answer, description="Too large, or more than 5,000 events."),
            415: ResponseSpec(Refused, description="Content type not accepted."),
            422: ResponseSpec(Answer, description="The event was refused; the reason is inside."),
            429: ResponseSpec(Refused, description="Too fast: see Retry-After."),
            503: ResponseSpec(Refused, description="Not stored: send again after Retry-After."),
        },
        status_code=202,
    )
    async def submit_events(request: AnyRequest) -> Response[Answer]:
        try:
            found = await _submit(request, intake, door)
        except Refusal as error:
            door.note(error.status_code)
            raise
        except HTTPException as error:
            door.note(error.status_code)
            raise
        except TemporarilyUnavailable:
            door.note(503)
            raise
        door.note(found.status_code or 202)
        return found

    return submit_events


async def _submit(request: AnyRequest, intake: Intake, door: Door) -> Response[Answer]:
    publisher = door.publisher(request)
    body = await body_of(request)
    door.check_signed(request, publisher, body)
    try:
        found = split(body, request.headers)
    except UnsupportedError:
        raise Refusal(415) from None
    except TooManyError:
        message = f"At most {EVENTS_MAX} events a request."
        raise Refusal(413, f"Mỗi lần gửi tối đa {EVENTS_MAX} sự kiện.", message) from None
    door.admit(publisher, len(found.bodies))
    via = Via.IMPORT if request.headers.get(VIA_HEADER) == Via.IMPORT.value else Via.HTTP
    results = await intake.submit(found.bodies, publisher, via)
    return Response(
        answer(results),
        status_code=status_code(results, is_single=found.is_single),
        media_type="application/json",
    )


def make_national_handler(national: National, door: Door) -> HTTPRouteHandler:
    """`POST /v1/dvcqg/{service}`."""

    @post(
        "/v1/dvcqg/{service:str}",
        operation_class=PayloadOperation,
        opt=ANYONE,
        security=SECURITY,
        summary="Nhận gói đồng bộ Cổng DVCQG / take a payload of the national sync",
        description="DongBoHoSoMC, CapNhatTienDoHoSoMC. `error_code` is `0` when nothing was "
        "refused; a refused element does not hold back its neighbours.",
        status_code=200,
    )
    async def submit_payload(
        service: Annotated[str, Parameter(max_length=40)], request: AnyRequest
    ) -> Response[dict[str, Any]]:
        if service not in SERVICES:
            known = ", ".join(SERVICES)
            raise Refusal(404, f"Chỉ nhận {known}.", f"Known services: {known}.")
        publisher = door.publisher(request)
        body = await body_of(request)
        door.check_signed(request, publisher, body)
        door.admit(publisher, 1 + body.count(b'"MaHoSo"'))
        said = await national.submit(service, body, publisher)
        door.note(200)
        return Response({**said.answer, "results": said.results}, media_type="application/json")

    return submit_payload


def make_report_handler(
    registry: Registry, door: Door, book: PublisherBook, rejects: RejectsFold, clock: Clock
) -> HTTPRouteHandler:
    """`GET /v1/publishers/{name}/report`, for the publisher itself."""

    @get(
        "/v1/publishers/{name:str}/report",
        opt=ANYONE,
        security=SECURITY,
        summary="Một nghìn sự kiện gần nhất / the last thousand events",
    )
    async def report(
        name: Annotated[str, Parameter(max_length=32)], request: AnyRequest
    ) -> Response[Report]:
        if door.publisher(request).name != name:
            raise Refusal(403, "Chỉ xem được báo cáo của chính mình.", "Only your own report.")
        publisher = registry.by_name(name)
        assert publisher is not None  # noqa: S101 - whose token it is
        return Response(report_of(publisher, book, rejects, clock), media_type="application/json")

    return report


def report_of(
    publisher: Publisher, book: PublisherBook, rejects: RejectsFold, clock: Clock
) -> Report:
    """Return the report of one publisher."""
    now = clock.now()
    standing = book.standing(publisher.name, now)
    return Report(
        publisher.name,
        standing.last_at,
        is_silent=is_silent(publisher, standing.last_at, now),
        today=standing.today,
        rejects_open={
            RejectReason(reason).value: count
            for (name, reason), count in rejects.open_counts.items()
            if name == publisher.name
        },
        events=[
            # Kept without names, because there are many; shown with them.
            Submitted(*msgspec.structs.astuple(event))
            for event in book.ring(publisher.name)
        ],
    )


def is_silent(publisher: Publisher, last_at: datetime | None, now: datetime) -> bool:
    """Whether the publisher said nothing for longer than agreed; never having spoken is silent."""
    if last_at is None:
        return True
    return (now - last_at).total_seconds() > publisher.silent_after_seconds
