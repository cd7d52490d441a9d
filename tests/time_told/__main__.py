"""Print what this process makes of time: one digest a subject, and how much went into each.

Run in several environments by `test_hosts.py`; every line must be the same in each of them.
"""

import hashlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.intake.sources.dvcqg.mapping import facts_of
from services.intake.sources.table.mapping import rows_to_facts
from services.intake.sources.table.readers import rows_of
from services.intake.sources.table.shipped import load_mapping
from shared.calendar import civil_day, load_calendar
from shared.events.envelope import Fact, encoded
from tests.unit.services.intake.sources.dvcqg.payloads import dossier, sync
from tests.unit.services.scoring.builders import SHORT, rules, state_after, told
from tests.unit.shared.calendar import builders, case_table

# Both sides of midnight here, elsewhere and in UTC; Tết, a leap day, ends of years, DST of others.
_EDGES = (
    "2024-02-28T16:59:59Z", "2024-02-28T17:00:00Z", "2024-02-29T16:59:59Z", "2024-02-29T17:00:00Z",
    "2025-12-31T16:59:59Z", "2025-12-31T17:00:00Z", "2026-02-16T16:59:59Z", "2026-02-16T17:00:00Z",
    "2026-02-22T17:00:00Z", "2026-03-08T07:30:00Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z",
    "2026-11-01T06:30:00Z", "2027-02-05T16:59:59Z", "2028-02-29T12:00:00Z",
)  # fmt: skip


def table() -> Iterator[str]:
    """The table of due times, explained to a clerk and folded."""
    for case in case_table.cases():
        yield f"{case.name} {builders.explained(case).due_at} {builders.folded(case)}"


def days() -> Iterator[str]:
    """Civil days around every edge, and whether they are working days."""
    calendar = load_calendar()
    for edge in _EDGES:
        for minutes in range(-1_500, 1_500, 30):
            at = datetime.fromisoformat(edge) + timedelta(minutes=minutes)
            day = civil_day(at)
            yield f"{at.isoformat()} {day} {calendar.is_working_day(day)}"


def national() -> Iterator[str]:
    """Civil times of the national sync, in every form."""
    now = datetime(2026, 7, 1, tzinfo=UTC)
    for edge in _EDGES:
        local = datetime.fromisoformat(edge) + timedelta(hours=7)
        for form in ("%Y%m%d%H%M%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S"):
            payload = sync(dossier(NgayTiepNhan=local.strftime(form)))
            found = facts_of("DongBoHoSoMC", payload, source="tinh", received_at=now)
            yield from _told(found.facts)


def imported(path: Path) -> Iterator[str]:
    """A log from a country with summer time, whose zone needs a table of zones."""
    path.write_text(
        "case:channel,case:concept:name,case:deadline,case:department,case:enddate,case:startdate\n"
        + "".join(
            f"Desk,case-{n},2011-12-06 13:41:31,General,,2011-{m:02d}-{d:02d} 0{h}:30:00\n"
            for n, (m, d, h) in enumerate(
                (m, d, h) for m in (3, 10) for d in range(26, 31) for h in range(1, 5)
            )
        )
    )
    mapping = load_mapping(Path("receipt"))
    rows = rows_to_facts(rows_of(path, mapping), mapping, source="receipt")
    yield from _told([one for one in rows if isinstance(one, Fact)])


def scored() -> Iterator[str]:
    """What scoring makes of a limit that begins at each edge."""
    from shared.events.dossier import DossierReceived

    for edge in _EDGES:
        at = datetime.fromisoformat(edge)
        event = DossierReceived(agency_code="H44.01", procedure_code=SHORT)
        fact = told(event, at)
        moment = (at + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M:%S")
        state = state_after((event, moment))
        yield f"{fact.time.isoformat()} {state.due} {rules() is not None}"


def _told(facts: list[Fact]) -> Iterator[str]:
    yield from sorted(encoded(one).decode() for one in facts)


def main() -> int:
    """Print every subject's digest."""
    subjects = {
        "table": table(), "days": days(), "national": national(),
        "imported": imported(Path(sys.argv[1]) / "receipt.csv"), "scored": scored(),
    }  # fmt: skip
    for name, lines in subjects.items():
        found = list(lines)
        digest = hashlib.sha256("\n".join(found).encode()).hexdigest()
        print(f"{name} n={len(found)} {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
