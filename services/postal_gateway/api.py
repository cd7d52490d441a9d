"""`/v1/parcels`: where each parcel is, for programs."""

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from services.postal_gateway.domain.filing import filing
from services.postal_gateway.domain.machine import LegStatus, holder
from services.postal_gateway.domain.states import LegState, PostState
from services.postal_gateway.ledger import PostLedger
from shared.access import WITHIN
from shared.calendar.civil_time import instant_of
from shared.desk import scope_of
from shared.events.fields import Leg
from shared.runtime import AnyRequest, Refusal


class Parcel(Struct, frozen=True, kw_only=True):
    """One leg; instants are UTC."""

    dossier: str
    leg: str
    attempt: int
    agency: str
    carrier: str
    tracking_number: str
    state: str
    since_at: datetime


class ParcelList(Struct, frozen=True):
    """`count` is the length of the list."""

    count: int
    parcels: list[Parcel]


class CustodyStep(Struct, frozen=True):
    """Who held the paper from `at` on, the carrier's own code, the record that was signed."""

    state: str
    holder: str
    at: datetime
    code: str
    record: str


class Custody(Struct, frozen=True, kw_only=True):
    """One leg of one dossier as a line of hands. `time_of`: whose clock runs.

    `filed_at` is the legal filing instant of a dossier that came by post, `filing_basis` what it
    rests on: record, completion, desk.
    """

    leg: str
    attempt: int
    state: str
    since_at: datetime
    holder: str
    time_of: str
    is_damaged: bool
    filed_at: datetime | None
    filing_basis: str
    carrier: str
    tracking_number: str
    steps: list[CustodyStep]
    ignored_count: int


def make_api(ledger: PostLedger) -> list[HTTPRouteHandler]:
    """The handlers."""
    return [_parcels_handler(ledger), _custody_handler(ledger)]


def _parcels_handler(ledger: PostLedger) -> HTTPRouteHandler:
    @get("/v1/parcels", summary="Parcels by state; those on their way by default", opt=WITHIN)
    async def parcels(
        request: AnyRequest,
        standing: Annotated[LegStatus | None, Parameter(query="state")] = None,
        agency: str = "",
    ) -> ParcelList:
        """Oldest state first."""
        lists = ledger.lists
        rows = lists.open_parcels() if standing is None else lists.parcels((standing,))
        found = [
            Parcel(
                dossier=row.dossier, leg=row.leg, attempt=row.attempt, agency=row.agency,
                carrier=row.carrier, tracking_number=row.tracking, state=row.status,
                since_at=instant_of(row.since),
            )
            for row in rows
            if agency in ("", row.agency) and scope_of(request).covers(row.agency)
        ]  # fmt: skip
        return ParcelList(len(found), found)

    return parcels


def _custody_handler(ledger: PostLedger) -> HTTPRouteHandler:
    @get("/v1/custody", summary="Who held the papers of one dossier, and since when",
         opt=WITHIN)  # fmt: skip
    async def custody(of: str, request: AnyRequest) -> list[Custody]:
        """By dossier code or tracking number; 404 where there is no parcel."""
        dossier = ledger.lists.dossier_of(of)
        state = ledger.dossier(dossier) if dossier else None
        if state is None or not scope_of(request).covers(state.agency):
            raise Refusal(404, "Không có bưu gửi nào như vậy.", "There is no such parcel.")
        return [_custody(state, leg) for leg in state.legs]

    return custody


def _custody(state: PostState, leg: LegState) -> Custody:
    filed = filing(state) if leg.leg == Leg.PICKUP else None
    return Custody(
        leg=leg.leg, attempt=leg.attempt, state=leg.status, since_at=instant_of(leg.since),
        holder=leg.hand.value, time_of=leg.time_of.value, carrier=leg.carrier,
        tracking_number=leg.tracking_number, ignored_count=leg.ignored_count,
        is_damaged=leg.is_damaged, filed_at=instant_of(filed.at) if filed else None,
        filing_basis=filed.basis.value if filed else "",
        steps=[
            CustodyStep(
                step.status, holder(Leg(leg.leg), LegStatus(step.status)).value,
                instant_of(step.at), step.code, step.record,
            )
            for step in leg.steps
        ],
    )  # fmt: skip
