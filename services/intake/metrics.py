"""Every series of intake, and nothing else."""

from typing import Final

from shared.bus.subjects import INTAKE_NOUNS
from shared.events.envelope import EVENT_TYPES
from shared.observability import Page
from shared.observability.build import Running

from .domain.judging import NoticeCode

SERVICE: Final = "intake"
NATURAL_TRANSITION: Final = "natural_transition"
NO_TYPE: Final = "unreadable"
"""The `event` label of what could not be read as any event."""


class Metrics:
    """Opens the families on a page; `outcome` of facts is applied, duplicate or rejected."""

    def __init__(self, page: Page) -> None:
        self.facts = page.counter(
            "dvc_facts_total",
            "Events judged, by outcome: applied, duplicate, or rejected (conflicts included).",
            ("service", "event", "outcome"),
            start=[
                (SERVICE, name, outcome)
                for name in EVENT_TYPES
                if name.partition(".")[0] in INTAKE_NOUNS
                for outcome in ("applied", "duplicate", "rejected")
            ],
        )
        self.submissions = page.counter(
            "dvc_submissions_total",
            "Events submitted, by publisher, by way in (http, nats, import, dvcqg) and outcome.",
            ("source", "via", "outcome"),
        )
        self.notices = page.counter(
            "dvc_notices_total",
            "Remarks on accepted events: a step natural means not listed, yet not forbidden.",
            ("notice",),
            start=[*((code.value,) for code in NoticeCode), (NATURAL_TRANSITION,)],
        )
        self.requests = page.counter(
            "dvc_intake_requests_total", "HTTP requests with events, by status.", ("code",)
        )
        self.unknown_codes = page.gauge(
            "dvc_unknown_codes", "Codes in use that the catalogue does not know.", ("kind",)
        )
        self._open_rejects(page)
        self._open_flow(page)
        self.running = Running(page, SERVICE)

    def _open_rejects(self, page: Page) -> None:
        """What was refused: not kept, waiting, about to go, gone."""
        self.not_kept = page.counter(
            "dvc_rejects_not_kept_total",
            "Refusals answered but not stored, because the publisher has too many open.",
            ("source",),
        )
        self.rejects_open = page.gauge(
            "dvc_rejects_open", "Refused events waiting for a person.", ("source", "reason")
        )
        self.rejects_first_expiry = page.gauge(
            "dvc_rejects_first_expiry_timestamp_seconds",
            "When the oldest refused event waiting for a person is gone, Unix seconds.",
            ("source",),
        )
        self.rejects_expired = page.gauge(
            "dvc_rejects_expired",
            "Refused events closed by their age and by no person; a day later they are gone.",
            ("source",),
        )

    def _open_flow(self, page: Page) -> None:
        """How far the logs are folded, and what waits at the door."""
        self.fold_position = page.gauge(
            "dvc_fold_position", "Sequence of the last message folded.", ("service",)
        )
        self.fold_lag = page.gauge(
            "dvc_fold_lag", "Messages of the stream not folded yet.", ("service",)
        )
        self.fold_rewinds = page.counter(
            "dvc_fold_rewinds_total",
            "Times the stream was another one than folded before, and the fold began anew.",
            ("service",),
        )
        self.breaker_open = page.gauge(
            "dvc_intake_breaker_open", "1 while own faults in a row stop the reading of inboxes."
        )
        self.inbox_pending = page.gauge(
            "dvc_inbox_pending", "Messages waiting in the publisher's inbox.", ("source",)
        )

    def event_label(self, event_type: str) -> str:
        """Return the type as a label: one of the closed set, or `unreadable`."""
        return event_type if event_type in EVENT_TYPES else NO_TYPE
