"""Who watches the watcher: Alertmanager is shown what is open, and a heartbeat says we live."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import httpx

from services.notifier.book import AlertBook
from services.notifier.channels.alertmanager import Alertmanager
from services.notifier.domain.decisions import NO_AGENCY
from services.notifier.domain.hearing import FAILURES_MIN, ChannelState
from services.notifier.domain.records import RAISED, AlertRecord
from services.notifier.domain.telling import Outcome
from services.notifier.metrics import Metrics
from services.notifier.writer import AlertWriter, Said
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.alert import AlertDelivered
from shared.runtime import Secret

HEARTBEAT_SECONDS = 60
_CONFIRMED_AT_ONCE = 1000


class Showing:
    """Shows the book to an Alertmanager; the book knows what is there, and when that fails."""

    def __init__(
        self, book: AlertBook, writer: AlertWriter, channel: Alertmanager, *, clock: Clock,
        metrics: Metrics,
    ) -> None:  # fmt: skip
        self._book = book
        self._writer = writer
        self._channel = channel
        self._clock = clock
        self._metrics = metrics
        self._sequence = 0

    async def round(self) -> None:
        """Show once."""
        open_alerts = list(self._book.open.values())
        outcome = await self._channel.show(open_alerts, self._clock.now())
        self._metrics.told(self._channel.name, outcome, 1)
        state = self._book.standing.channels.get(self._channel.name) or ChannelState()
        # Three refusals and a recovery are news; the rest would only fill the log.
        is_new_failure = outcome is Outcome.FAILED and state.failed_count < FAILURES_MIN
        is_recovery = outcome is Outcome.SENT and state.failing_since is not None
        if is_new_failure or is_recovery:
            await self._note(outcome)
        if outcome is Outcome.SENT:
            await self._confirm(open_alerts)

    async def _confirm(self, open_alerts: Sequence[AlertRecord]) -> None:
        """Ask for what was never seen there, and note what is: once an alert, by any copy."""
        name = self._channel.name
        new = [one for one in open_alerts if one.delivery(name, name) is None][:_CONFIRMED_AT_ONCE]
        held = await self._channel.held([one.alert_id for one in new]) if new else frozenset()
        await asyncio.gather(*(self._arrived(one) for one in new if one.alert_id in held))

    async def _arrived(self, record: AlertRecord) -> None:
        name = self._channel.name
        event = AlertDelivered(
            alert_id=record.alert_id, stage=record.stage, agency_code=record.agency, channel=name,
            recipient=name, outcome=Outcome.CONFIRMED.value,
        )  # fmt: skip
        with contextlib.suppress(TemporarilyUnavailable):  # the next round asks again
            said = Said("delivered", event, record.dossier)
            await self._writer.write(said, key=f"{RAISED}.{name}.{name}")

    async def _note(self, outcome: Outcome) -> None:
        name = self._channel.name
        event = AlertDelivered(
            alert_id=f"showing.{name}", stage="showing", agency_code=NO_AGENCY, channel=name,
            recipient=name, outcome=outcome.value,
        )  # fmt: skip
        try:
            written = await self._writer.write(Said("delivered", event, name, self._sequence))
        except TemporarilyUnavailable:
            return  # the next round says it
        self._sequence = written.sequence


class Heartbeat:
    """Calls an address as long as we are able to alert: silence there is the alarm."""

    def __init__(self, url: Secret, *, clock: Clock, is_current: Callable[[], bool]) -> None:
        self._url = url
        self._clock = clock
        self._is_current = is_current
        self._last_at = 0

    async def beat(self) -> bool:
        """Call, if it is time and we would raise an alert now; True if it was taken."""
        now = epoch_of(self._clock.now())
        if not self._is_current() or now - self._last_at < HEARTBEAT_SECONDS:
            return False
        self._last_at = now
        try:
            async with httpx.AsyncClient(timeout=10) as http:
                answer = await http.post(self._url.reveal(), content=b"motcua notifier lives")
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success


def is_silenced(book: AlertBook) -> Callable[[AlertRecord, int], bool]:
    """Whether a wide silence covers an alert at an epoch second."""
    return lambda record, now: (
        book.standing.quiet_scope(record.stage, record.agency, now) is not None
    )
