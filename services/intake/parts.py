"""What intake is made of, without a connection; a test puts a fake log in place of the wire."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from shared.bus.subjects import INTAKE_NOUNS
from shared.calendar import calendar_version, province_calendar
from shared.catalogue.model import load_catalogue
from shared.clock import Clock
from shared.desk import LiveHub
from shared.observability import Page, ServiceLog
from shared.runtime import Setting, SettingsError

from .delivery import Breaker
from .domain.judging import Rules
from .expiry import Expiry
from .handlers import Intake
from .ledger import FactsFold, PublisherBook, RejectsFold, UnknownBook, open_store
from .metrics import SERVICE, Metrics
from .national import National
from .reading import Reader
from .recorder import Recorder
from .registry import Registry
from .sealing import Seal, key_of
from .settings import Settings
from .wire import Wire


class Follows(Protocol):
    """What readiness needs to know of a follower."""

    created: str
    halted: str
    lag_count: int

    @property
    def caught_up(self) -> bool:
        """Whether the log is read to its head."""
        ...


class Parts:
    """Everything that needs no connection; a test builds the same around a fake log."""

    def __init__(
        self, settings: Settings, *, clock: Clock, log: ServiceLog, wire: Wire | None = None
    ) -> None:
        self.clock = clock
        self.log = log
        self.page = Page()
        self.metrics = Metrics(self.page)
        self.hub = LiveHub()
        self.wire = wire if wire is not None else Wire()
        self.seal = _seal(settings)
        self.registry = Registry(settings.publishers, log)
        self.registry.refresh()
        self.catalogue = load_catalogue(settings.catalogue)
        self.calendar = province_calendar(settings.calendar, scope=self.catalogue.province)
        self.metrics.running.show_calendar(calendar_version(self.calendar))
        self.breaker = Breaker(log)
        self.followers: Sequence[Follows] = ()
        self.store = open_store(settings.data / f"{SERVICE}.db")
        self.book = PublisherBook(self.store, clock)
        self.unknown = UnknownBook(self.store)
        self.facts = FactsFold(self.store, self.book, self.unknown, self.catalogue)
        self.rejects = RejectsFold(
            self.store, self.book, on_change=lambda: self.hub.publish("rejects")
        )
        self.recorder = Recorder(
            self.wire, self.facts, gate=self.why_closed, folded_log=self.folded_log
        )
        self.intake = Intake(
            reader=Reader(
                registry=self.registry, rules=self._rules(settings), seal=self.seal,
                clock=clock, breaker=self.breaker,
            ),
            recorder=self.recorder, gate=self.why_closed, known=self.facts, keeper=self.wire,
            rejects=self.rejects, book=self.book, seal=self.seal, clock=clock,
            metrics=self.metrics,
        )  # fmt: skip
        self.expiry = Expiry(self.wire, self.rejects, clock=clock, why_behind=self.why_behind)
        self.national = National(self.intake, self.unknown, clock, self.breaker)

    def why_closed(self) -> str:
        """Say why nothing may be recorded now; empty when it may.

        Without the broker not even a repeat is known to be one: it may come back as an older copy.
        """
        away = "" if self.wire.is_connected else "broker is away"
        return self.breaker.why_open() or away or self.why_behind()

    def why_behind(self) -> str:
        """Say why the folds cannot be trusted now; empty when they are at the head."""
        for follower in self.followers:
            if follower.halted:
                return f"halted: {follower.halted}"
            if not follower.caught_up:
                return f"{max(follower.lag_count, 0)} messages behind"
        return "" if self.followers else "not connected yet"

    def folded_log(self) -> str:
        """When the log was made from which everything is known that was recorded."""
        return self.followers[0].created if self.followers else ""

    def _rules(self, settings: Settings) -> Rules:
        return Rules(
            catalogue=self.catalogue,
            calendar=self.calendar,
            accepted_nouns=INTAKE_NOUNS,
            future_tolerance=timedelta(seconds=settings.future_tolerance_seconds),
        )


def _seal(settings: Settings) -> Seal:
    try:
        return Seal(key_of(settings.seal_key.reveal()))
    except ValueError:
        problem = "must be base64 of 32 bytes"
        raise SettingsError([Setting("MOTCUA_SEAL_KEY", "", "", problem=problem)]) from None
