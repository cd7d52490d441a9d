"""One alert's life, told by the facts of ALERTS."""

from services.notifier.domain.records import AlertRecord, alert_step
from shared.events import alert as a
from shared.events.envelope import Fact
from tests.support.dossiers import code_of, said
from tests.unit.services.notifier.builders import at, epoch

CODE = code_of(1)


def alert(kind: type[a.AlertEvent], day: int, **more: object) -> Fact:
    event = kind(alert_id="a1", stage="overdue", agency_code="H44.01", **more)
    return said(event, CODE, at(day))


def after(*facts: Fact) -> AlertRecord | None:
    record: AlertRecord | None = None
    for sequence, fact in enumerate(facts, start=1):
        record = alert_step(record, fact, sequence)
    return record


RAISED = alert(a.AlertRaised, 3, since_at=at(2, 17), due_at=at(2, 17))


def test_an_alert_is_open_from_its_raising_and_knows_since_when() -> None:
    known = after(RAISED)

    assert known is not None
    assert (known.dossier, known.since, known.raised_at) == (CODE, epoch(2, 17), epoch(3))
    assert known.is_open


def test_a_person_takes_it_on_with_name_and_reason() -> None:
    known = after(RAISED, alert(a.AlertAcknowledged, 4, by="Cán bộ A", reason="Đang xử lý"))

    assert known is not None
    assert (known.acknowledged_by, known.acknowledged_reason) == ("Cán bộ A", "Đang xử lý")
    assert known.is_open


def test_the_resolving_fact_closes_it_and_says_how_far_the_log_was_read() -> None:
    known = after(RAISED, alert(a.AlertResolved, 5, because="resolved", position=77))

    assert known is not None
    assert (known.resolved_at, known.because, known.resolved_position) == (
        epoch(5), "resolved", 77,
    )  # fmt: skip


def test_the_last_state_of_a_telling_counts_for_each_channel() -> None:
    known = after(
        RAISED,
        alert(a.AlertDelivered, 3, channel="apprise", recipient="default", outcome="claimed"),
        alert(a.AlertDelivered, 3, channel="webhook", recipient="default", outcome="failed"),
        alert(a.AlertDelivered, 3, channel="apprise", recipient="default", outcome="sent"),
    )

    assert known is not None
    sent = known.delivery("apprise")
    assert sent is not None
    assert (sent.outcome, sent.sequence) == ("sent", 4)
    assert len(known.deliveries) == 2


def test_nothing_is_known_of_an_alert_that_nobody_raised() -> None:
    assert after(alert(a.AlertResolved, 5, because="resolved")) is None
