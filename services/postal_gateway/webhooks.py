"""Statuses that a carrier sends by itself: proven, stored once and for ever, then answered."""

import hashlib
from collections.abc import Callable, Sequence
from enum import StrEnum, unique
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.postal_gateway.carriers.viettel.mapping import BODY_BYTES_MAX, Webhook, status_of
from services.postal_gateway.carriers.viettel.signature import is_signed, is_token
from services.postal_gateway.domain.orders import Meaning, Status, leg_of
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.metrics import Metrics
from services.postal_gateway.ordering import FactWriter
from services.postal_gateway.tracking import Interpreter
from shared.access import ANYONE
from shared.bus.claims import Verdict, claim
from shared.bus.streams import POSTAL
from shared.bus.subjects import claim_subject
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.runtime import AnyRequest, Refusal, Secret

CARRIER: Final = "viettelpost"
ADDRESS: Final = "/v1/webhooks/viettelpost"


@unique
class WebhookOutcome(StrEnum):
    """What became of one webhook; the values are metric labels."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"  # proven and stored, and it moves nothing: no parcel, or another number
    UNKNOWN_CODE = "unknown_code"
    FORGED = "forged"
    UNREADABLE = "unreadable"


class WebhookAnswer(Struct, frozen=True):
    """What the carrier is told; a 2xx says that it need not send this status again."""

    outcome: WebhookOutcome


class WebhookClaim(Struct, frozen=True, kw_only=True):
    """What stands on the claim of one status for ever: enough to list it again."""

    order_number: str
    tracking_number: str
    code: str
    at: int
    by: str


class Webhooks:
    """Takes statuses of Viettel Post's shape.

    `is_signing`: the sender signs the raw bytes; else its shared token stands in the body. With
    no secret nobody is believed.
    """

    def __init__(
        self,
        ledger: PostLedger,
        metrics: Metrics,
        *,
        clock: Clock,
        secrets: Sequence[Secret],
        is_signing: bool,
        is_current: Callable[[], bool],
        copy: str,
    ) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock
        self._secrets = [secret.reveal().encode() for secret in secrets if secret]
        self._is_signing = is_signing
        self._is_current = is_current
        self._copy = copy
        self._taken_count = 0
        self._interpreter = Interpreter(CARRIER, ledger, metrics)
        self._facts: FactWriter | None = None
        self._js: JetStreamContext | None = None

    def connect(self, client: Client) -> None:
        """Store over this connection."""
        self._facts = FactWriter(client, self._clock)
        self._js = JetStreamContext(client)

    async def take(self, body: bytes, *, moment: str, signed: str) -> WebhookOutcome:
        """Prove, store, and say what became of it.

        Raises:
            Refusal: it is not the carrier's, or cannot be read.
            TemporarilyUnavailable: it was not stored; the carrier sends it again.
        """
        said = self._proven(body, moment, signed)
        try:
            status = status_of(said.DATA)
        except ValueError:
            raise self._refused(WebhookOutcome.UNREADABLE, 422) from None
        if self._js is None or self._facts is None or not self._is_current():
            raise TemporarilyUnavailable("reading the log", retry_after_seconds=10)
        if self._is_unconfirmed(status):
            raise TemporarilyUnavailable("the order is not settled", retry_after_seconds=60)
        outcome = await self._store(self._js, self._facts, status)
        self._metrics.webhook(CARRIER, outcome.value)
        return outcome

    def _proven(self, body: bytes, moment: str, signed: str) -> Webhook:
        """Signed bodies are judged before they are read."""
        now = epoch_of(self._clock.now())
        if self._is_signing and not is_signed(
            self._secrets, moment=moment, signed=signed, body=body, now=now
        ):
            raise self._refused(WebhookOutcome.FORGED, 401)
        try:
            said = msgspec.json.decode(body, type=Webhook)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise self._refused(WebhookOutcome.UNREADABLE, 422) from None
        if not self._is_signing and not is_token(self._secrets, said.TOKEN):
            raise self._refused(WebhookOutcome.FORGED, 401)
        return said

    def _is_unconfirmed(self, status: Status) -> bool:
        """Whether it is about an order of ours whose number the carrier never confirmed to us.

        A status under a wrong number would move the paper, and an end cannot be undone. The
        carrier sends it again, or its statement tells both the number and the status.
        """
        name = leg_of(status.order_number)
        found = self._ledger.leg_of(name.dossier, name.leg.value, name.attempt)
        return found is not None and not found[1].tracking_number and not found[1].is_final

    def _refused(self, outcome: WebhookOutcome, status_code: int) -> Refusal:
        self._metrics.webhook(CARRIER, outcome.value)
        return Refusal(status_code)

    async def _store(
        self, js: JetStreamContext, facts: FactWriter, status: Status
    ) -> WebhookOutcome:
        """The fact first, under an id that follows from the status; then the claim for ever.

        A crash in between makes the carrier send it again, and the same fact is one.
        """
        subject = claim_subject("postal", f"seen-{_key(status)}")
        if await _is_claimed(js, subject):
            return WebhookOutcome.DUPLICATE
        found, odd = self._interpreter.sorted_out((status,))
        await facts.write(found)
        if odd:
            self._ledger.note_odd(odd)
        self._taken_count += 1  # two at once in one copy are two writers
        seen = WebhookClaim(
            order_number=status.order_number, tracking_number=status.tracking_number,
            code=status.code, at=epoch_of(status.at), by=f"{self._copy}.{self._taken_count}",
        )  # fmt: skip
        mine = await claim(js, stream=POSTAL, subject=subject, body=msgspec.json.encode(seen))
        if mine.verdict is Verdict.LOST:
            return WebhookOutcome.DUPLICATE
        if status.meaning is Meaning.UNKNOWN:
            return WebhookOutcome.UNKNOWN_CODE
        return WebhookOutcome.NOT_OURS if odd else WebhookOutcome.STORED


def _key(status: Status) -> str:
    """Return the claim's name: one per order, status and status time."""
    said = f"{status.tracking_number}|{status.code}|{epoch_of(status.at)}|{status.order_number}"
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


async def _is_claimed(js: JetStreamContext, subject: str) -> bool:
    try:
        await js.get_last_msg(POSTAL, subject)
    except NotFoundError:
        return False
    except (TimeoutError, NatsError, OSError) as error:
        raise TemporarilyUnavailable(type(error).__name__) from None
    return True


def make_webhooks(webhooks: Webhooks) -> list[HTTPRouteHandler]:
    """The handler. It reads the raw bytes itself: they are what is signed."""

    @post(
        ADDRESS, status_code=200, summary="One status of one order, sent by the carrier",
        opt=ANYONE,  # it is proven by its token or signature
        request_max_body_size=BODY_BYTES_MAX,
    )  # fmt: skip
    async def take(
        request: AnyRequest,
        signed: Annotated[str, Parameter(header="X-Signature", required=False)] = "",
        moment: Annotated[str, Parameter(header="X-Signature-Timestamp", required=False)] = "",
    ) -> WebhookAnswer:
        """Answered with 2xx only once it is stored for ever."""
        body = await _body(request)
        return WebhookAnswer(await webhooks.take(body, moment=moment, signed=signed))

    return [take]


async def _body(request: Request[Any, Any, Any]) -> bytes:
    return bytes(await request.body())
