"""Which carriers are set up, and whose parcels go by which."""

from collections.abc import Collection, Mapping
from typing import Final

import httpx

from services.postal_gateway.carriers.viettel.client import ViettelCarrier
from services.postal_gateway.carriers.vnpost.client import VnpostCarrier
from services.postal_gateway.domain.states import LegState, PostState
from services.postal_gateway.ledger import PostLedger, Trouble
from services.postal_gateway.ordering import Carrier, Orderer
from services.postal_gateway.settings import Settings
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.runtime import Secret

CARRIER_GONE: Final = "carrier_gone"
_LOOK_AGAIN_SECONDS: Final = 3600
_SHAPES: Final[Mapping[str, type[VnpostCarrier] | type[ViettelCarrier]]] = {
    VnpostCarrier.name: VnpostCarrier,
    ViettelCarrier.name: ViettelCarrier,
}


class Carriers:
    """The first carrier takes everything that `to_second` does not give to the second.

    An agency's code stands for the agency and all below it: `H44.01` is also `H44.01.02`.
    """

    def __init__(
        self,
        first: Carrier | None = None,
        second: Carrier | None = None,
        to_second: Collection[str] = (),
    ) -> None:
        self.all: tuple[Carrier, ...] = tuple(one for one in (first, second) if one is not None)
        self._first = first
        self._second = second
        self._to_second = frozenset(to_second)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, the first one's first; empty where nothing is ordered."""
        return tuple(one.name for one in self.all)

    def named(self, name: str) -> Carrier | None:
        """The carrier of that name; None where it is not, or no longer, set up."""
        return next((one for one in self.all if one.name == name), None)

    def name_for(self, agency: str) -> str:
        """Who carries this agency's papers; empty where nobody does."""
        steps = agency.split(".")
        above = {".".join(steps[:count]) for count in range(1, len(steps) + 1)}
        chosen = self._second if self._second and above & self._to_second else self._first
        return chosen.name if chosen else ""


def open_carriers(settings: Settings, clock: Clock) -> Carriers:
    """Open what the settings describe; without an address nothing is ordered.

    Two of one shape would have one name: settings.read refuses them.
    """
    first = _opened(
        settings, clock, settings.carrier_shape, settings.carrier_url,
        settings.carrier_token, settings.carrier_customer,
    )  # fmt: skip
    second = _opened(
        settings, clock, settings.second_carrier_shape, settings.second_carrier_url,
        settings.second_carrier_token, settings.second_carrier_customer,
    )  # fmt: skip
    return Carriers(first, second, settings.second_carrier_agencies)


def _opened(
    settings: Settings, clock: Clock, shape: str, url: str, token: Secret, customer: str
) -> Carrier | None:
    if not url:
        return None
    return _SHAPES[shape](
        url, token, clock=clock, customer_code=customer,
        timeout=httpx.Timeout(settings.carrier_timeout_seconds, connect=10.0),
    )  # fmt: skip


class Orders:
    """Gives each leg to its carrier's orderer. Who claimed an order keeps it."""

    def __init__(
        self, carriers: Carriers, orderers: Mapping[str, Orderer], ledger: PostLedger, clock: Clock
    ) -> None:
        self._carriers = carriers
        self._orderers = orderers
        self._ledger = ledger
        self._clock = clock

    async def place(self, dossier: str, state: PostState, leg: LegState) -> None:
        """Do the next thing that this leg's order needs.

        Raises:
            TemporarilyUnavailable: the broker or the carrier gave no usable answer.
        """
        chosen = self._carriers.name_for(state.agency)
        said = await self._orderers[chosen].place(dossier, state, leg)
        claimed_for = said or self._carriers.names[0]
        if claimed_for == chosen:
            return
        # The agencies were given out anew after this order was claimed: it stays where it is.
        if claimed_for in self._orderers:
            await self._orderers[claimed_for].place(dossier, state, leg)
        else:
            now = epoch_of(self._clock.now())
            self._ledger.note_trouble(Trouble(dossier, CARRIER_GONE, now))
            self._ledger.plan(dossier, now + _LOOK_AGAIN_SECONDS)
