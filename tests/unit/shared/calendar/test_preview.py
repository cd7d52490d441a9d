from datetime import date

from shared.calendar import (
    OpenDossier,
    Override,
    OverrideKind,
    OverrideStatus,
    Pause,
    WorkingDays,
    load_calendar,
    override_preview,
)
from tests.unit.shared.calendar.builders import at, national, text_of

STORM = Override(
    date=date(2025, 3, 13),
    kind=OverrideKind.OFF,
    source="văn bản giả định của tỉnh",
    status=OverrideStatus.CONFIRMED,
    name="Nghỉ tránh bão",
)
BEFORE = national()
AFTER = load_calendar(extra_overrides=[STORM])


def _dossier(dossier_id: str, received: str, *, is_paused: bool = False) -> OpenDossier:
    received_at = at(received)
    return OpenDossier(
        dossier_id=dossier_id,
        received_at=received_at,
        limit=WorkingDays(2),
        pauses=(Pause(start_at=received_at),) if is_paused else (),
    )


def test_a_day_off_moves_only_the_due_times_that_cross_it() -> None:
    dossiers = [
        _dossier("C", "Wed 2025-03-12 09:00"),  # due Friday, now Monday
        _dossier("B", "Tue 2025-03-11 09:00"),  # due Thursday, now Friday
        _dossier("A", "Mon 2025-03-10 09:00"),  # due Wednesday, before the storm
        _dossier("D", "Fri 2025-03-14 09:00"),  # received after it
        _dossier("E", "Wed 2025-03-12 09:00", is_paused=True),
    ]

    preview = override_preview(dossiers, before=BEFORE, after=AFTER, now=at("Thu 2025-03-13 10:00"))

    assert (preview.dossiers_count, preview.paused_count, preview.moved_count) == (5, 1, 2)
    assert (preview.later_count, preview.earlier_count) == (2, 0)
    assert [
        (pair.dossier_id, text_of(pair.due_at), text_of(pair.new_due_at)) for pair in preview.moved
    ] == [
        ("B", "Thu 2025-03-13 09:00", "Fri 2025-03-14 09:00"),
        ("C", "Fri 2025-03-14 09:00", "Mon 2025-03-17 09:00"),
    ]


def test_the_preview_counts_who_leaves_and_who_enters_overdue() -> None:
    dossier = _dossier("B", "Tue 2025-03-11 09:00")
    now = at("Thu 2025-03-13 10:00")

    declared = override_preview([dossier], before=BEFORE, after=AFTER, now=now)
    revoked = override_preview([dossier], before=AFTER, after=BEFORE, now=now)

    assert (declared.leaving_overdue_count, declared.entering_overdue_count) == (1, 0)
    assert (revoked.leaving_overdue_count, revoked.entering_overdue_count) == (0, 1)
    assert revoked.earlier_count == 1


def test_a_dossier_is_still_on_time_at_its_due_instant() -> None:
    preview = override_preview(
        [_dossier("B", "Tue 2025-03-11 09:00")],
        before=BEFORE,
        after=AFTER,
        now=at("Thu 2025-03-13 09:00"),
    )

    assert preview.moved_count == 1
    assert preview.leaving_overdue_count == 0


def test_no_dossiers_and_no_change_move_nothing() -> None:
    now = at("Thu 2025-03-13 09:00")

    assert override_preview([], before=BEFORE, after=AFTER, now=now).dossiers_count == 0
    same = [_dossier("B", "Tue 2025-03-11 09:00")]
    assert override_preview(same, before=BEFORE, after=BEFORE, now=now).moved == ()
