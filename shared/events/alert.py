"""What notifier says about alerts (nhắc việc, cảnh báo), in the ALERTS stream; and indicators.

The CloudEvent's `subject` is the dossier, petition or source that the alert is about.
"""

from typing import ClassVar

from .fields import (
    AgencyCode,
    Code,
    Count,
    Event,
    Explanation,
    FieldCode,
    IndicatorId,
    Instant,
    OperatorName,
    PeriodName,
    Reference,
    Small,
)


class AlertEvent(Event, frozen=True, kw_only=True):
    """Every alert fact names its alert: one per subject, stage and due time, ever."""

    alert_id: Reference
    stage: Code
    agency_code: AgencyCode


class AlertRaised(AlertEvent, frozen=True, kw_only=True):
    """The alert became true at `since_at`, which may be earlier than when it was said."""

    event_type: ClassVar[str] = "alert.raised.v1"
    since_at: Instant
    due_at: Instant | None = None
    about: Code = (
        "dossier"  # what the subject is: dossier, petition, indicator, source, channel, rejects
    )
    field_code: FieldCode | None = None


class AlertAcknowledged(AlertEvent, frozen=True, kw_only=True):
    """A person took it on. Đã tiếp nhận cảnh báo."""

    event_type: ClassVar[str] = "alert.acknowledged.v1"
    by: OperatorName
    reason: Explanation


class AlertEscalated(AlertEvent, frozen=True, kw_only=True):
    """Nobody did, so the next level up is told."""

    event_type: ClassVar[str] = "alert.escalated.v1"
    level: Small


class AlertReminded(AlertEvent, frozen=True, kw_only=True):
    """A person took it on and did not finish in time: it waits for somebody again. Nhắc lại."""

    event_type: ClassVar[str] = "alert.reminded.v1"
    count: Small


class AlertSilenced(AlertEvent, frozen=True, kw_only=True):
    """A person asked for quiet until `until_at`; an instant that is over ends the quiet.

    `alert_id` is an alert's, or `scope.<stage>.<agency>` for all of one stage at one agency.
    """

    event_type: ClassVar[str] = "alert.silenced.v1"
    by: OperatorName
    reason: Explanation
    until_at: Instant


class AlertDelivered(AlertEvent, frozen=True, kw_only=True):
    """A channel took the message for a recipient."""

    event_type: ClassVar[str] = "alert.delivered.v1"
    channel: Code
    recipient: Reference
    outcome: Code
    attempt: Small = 1
    occasion: Code = "raised"  # why it is told: raised, level-1, reminded-1, repeat-1


class AlertResolved(AlertEvent, frozen=True, kw_only=True):
    """The fact that ends it arrived."""

    event_type: ClassVar[str] = "alert.resolved.v1"
    because: Code
    position: int = 0  # how far FACTS was folded: only a later fact can open the alert anew,
    judged_by: Code | None = None  # or a copy that came later with other rules than these


class IndicatorTargetCrossed(Event, frozen=True, kw_only=True):
    """An agency met, or stopped meeting, a target. Written by scoring, read by notifier.

    `period` is the year that was judged, with what was counted then. A target that ended while it
    was not met says `met` and not `demanded`: whoever was alerted may rest.
    """

    event_type: ClassVar[str] = "indicator.target_crossed.v1"
    agency_code: AgencyCode
    indicator_id: IndicatorId
    plan: Code
    met: bool
    period: PeriodName | None = None
    numerator: Count | None = None
    denominator: Count | None = None
    demanded: bool = True


class IndicatorPeriodClosed(Event, frozen=True, kw_only=True):
    """A period's figures were fixed; `digest` is the SHA-256 of its report."""

    event_type: ClassVar[str] = "indicator.period_closed.v1"
    agency_code: AgencyCode
    period: PeriodName
    digest: Reference
    position: int


class IndicatorCorrected(Event, frozen=True, kw_only=True):
    """Late facts changed a closed period: correction `number`. Written by scoring."""

    event_type: ClassVar[str] = "indicator.corrected.v1"
    agency_code: AgencyCode
    period: PeriodName
    digest: Reference
    number: Small
    position: int
