"""An independent recount of scoring's numbers from the bytes of a log.

Own decoder, own working time, own reading of the rules. Keys are those of the fold's counters.
"""

import json
import tomllib
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import accumulate
from pathlib import Path
from typing import Any

import holidays

VN = timezone(timedelta(hours=7))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OVERRIDES = Path(__file__).parents[2] / "shared" / "calendar" / "overrides"
BANDS = ((1, "le1"), (3, "le3"), (5, "le5"), (10, "le10"))
HOUR = 3600
DAY_OF_WORK = 8 * HOUR
FAR = 1 << 40
PAUSES = {"supplement_requested": "supplement", "financial_duty_requested": "f", "suspended": "s"}
DUTIES = (("explanation", "explained"), ("apology", "apologised"))
ENDS = ("resolved", "returned", "stopped", "rejected", "withdrawn")


def _stretches(first_year: int, last_year: int) -> list[tuple[int, int]]:
    book = holidays.country_holidays("VN", years=range(first_year - 1, last_year + 2))
    worked: dict[date, bool] = dict.fromkeys(book, False)
    worked |= dict.fromkeys(book.weekend_workdays, True)
    for path in sorted(OVERRIDES.glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8")).get("override", ()):
            if row.get("scope", "national") == "national":
                worked[row["date"]] = row["kind"] == "work"
    found = []
    day = date(first_year, 1, 1)
    while day.year <= last_year:
        if worked.get(day, day.weekday() < 5):
            midnight = int(datetime(day.year, day.month, day.day, tzinfo=VN).timestamp())
            for start, end in ((7.5, 11.5), (13, 17)):
                found.append((midnight + int(start * HOUR), midnight + int(end * HOUR)))
        day += timedelta(days=1)
    return found


STRETCHES = _stretches(2020, 2040)
STARTS = [start for start, _ in STRETCHES]
BEFORE = [0, *accumulate(end - start for start, end in STRETCHES)]


def worked_until(epoch: int) -> int:
    at = bisect_right(STARTS, epoch) - 1
    if at < 0:
        return 0
    return BEFORE[at] + min(epoch, STRETCHES[at][1]) - STARTS[at]


def worked(start: int, end: int) -> int:
    return worked_until(end) - worked_until(start)


def after_working(start: int, seconds: int) -> int:
    wanted = worked_until(start) + seconds
    at = bisect_left(BEFORE, wanted) - 1
    if at < 0 or at >= len(STRETCHES):
        raise ValueError("beyond the stretches known")
    return STRETCHES[at][0] + wanted - BEFORE[at]


def soon(due: int) -> int:
    wanted = worked_until(due) - DAY_OF_WORK
    at = bisect_right(BEFORE, wanted) - 1
    return STRETCHES[at][0] + wanted - BEFORE[at]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def floor(at: datetime) -> int:
    return (at - EPOCH) // timedelta(seconds=1)


def month(at: datetime) -> str:
    return at.astimezone(VN).strftime("%Y-%m")


def given_due(data: dict[str, Any]) -> datetime | None:
    if data.get("due_at"):
        at = instant(data["due_at"])
        local = at.astimezone(VN)
        if (local.hour, local.minute, local.second) != (0, 0, 0):
            return at
        return datetime(local.year, local.month, local.day, 17, tzinfo=VN)
    if data.get("due_on"):
        on = date.fromisoformat(data["due_on"])
        return datetime(on.year, on.month, on.day, 17, tzinfo=VN)
    return None


class Dossier:
    """One dossier, replayed in the order of (time, id)."""

    def __init__(self, procedures: dict[str, tuple[str, float | None]]) -> None:
        self.procedures = procedures
        self.agency = self.received_agency = self.procedure = ""
        self.field: str | None = None
        self.channel = "direct"
        self.void = False
        self.received: datetime | None = None
        self.decided: datetime | None = None
        self.hours: float | None = None
        self.ends: dict[str, datetime] = {}
        self.letters: dict[str, datetime] = {}
        self.pauses: list[list[Any]] = []
        self.first_late: int | None = None

    def end(self) -> datetime | None:
        for name in ("resolved", "returned"):
            if name in self.ends:
                return self.ends[name]
        for name in ("stopped", "rejected", "withdrawn"):
            at = self.ends.get(name)
            if self.received and at and at >= self.received:
                return at
        return None

    def paused(self) -> bool:
        return any(ended is None for _, _, ended in self.pauses)

    def limit(self) -> int | None:
        hours = self.hours
        if hours is None:
            hours = self.procedures.get(self.procedure, ("", None))[1]
        return None if hours is None else max(1, round(hours * HOUR))

    def due(self) -> datetime | None:
        if self.decided:
            return self.decided
        limit = self.limit()
        if not self.received or limit is None:
            return None
        counted = self._counted(floor(self.received), limit)
        return None if counted is None else EPOCH + timedelta(seconds=counted)

    def _counted(self, start: int, limit: int) -> int | None:
        still: list[tuple[int, int]] = []
        for _, asked, answered in sorted(self.pauses, key=lambda one: one[1]):
            begun, ended = max(asked, start), FAR if answered is None else answered
            if ended <= begun:
                continue
            if still and begun <= still[-1][1]:
                still[-1] = (still[-1][0], max(still[-1][1], ended))
            else:
                still.append((begun, ended))
        at, left = start, limit
        for begun, ended in still:
            done = worked(at, begun)
            if done >= left:
                break
            if ended == FAR:
                return None
            left -= done
            at = ended
        return after_working(at, left)

    def note_lateness(self, at: datetime) -> None:
        due = self.due()
        if self.received and due and at > due and not self.paused() and self.first_late is None:
            self.first_late = floor(due) + 1

    def end_pauses(self, at: datetime, why: str | None = None) -> None:
        for pause in self.pauses:
            if pause[2] is None and why in (None, pause[0]):
                pause[2] = floor(at)

    def decide(self, data: dict[str, Any]) -> None:
        self.decided = given_due(data) or self.decided

    def take(self, kind: str, data: dict[str, Any], at: datetime) -> None:
        if kind in ENDS:
            self.ends[kind] = at
            self.agency = self.agency or data["agency_code"]
            if self.end():
                self.end_pauses(at)
        elif kind in ("explained", "apologised"):
            self.letters[kind] = at
        elif kind == "received":
            self._received(data, at)
        elif kind == "corrected":
            self._corrected(data)
        elif kind == "submitted" and not self.received:
            self.agency = data["agency_code"]
            self.procedure = data.get("procedure_code", self.procedure)
        elif not self.end():
            self._on_the_way(kind, data, at)

    def _received(self, data: dict[str, Any], at: datetime) -> None:
        self.received = at
        self.agency = self.received_agency = data["agency_code"]
        self.procedure = data["procedure_code"]
        self.field = data.get("field_code")
        self.channel = data.get("channel", "direct")
        self.hours = data.get("limit_working_hours")
        self.decide(data)
        self.end_pauses(at)

    def _corrected(self, data: dict[str, Any]) -> None:
        if data.get("received_at") and self.received:
            self.received = instant(data["received_at"])
        self.procedure = data.get("procedure_code", self.procedure)
        self.field = data.get("field_code", self.field)
        self.channel = data.get("channel", self.channel)
        self.void = self.void or data.get("void", False)
        self.decide(data)

    def _on_the_way(self, kind: str, data: dict[str, Any], at: datetime) -> None:
        if kind in PAUSES:
            self.note_lateness(at)
            if not any(p[0] == PAUSES[kind] and p[2] is None for p in self.pauses):
                self.pauses.append([PAUSES[kind], floor(at), None])
        elif kind in ("supplemented", "resumed", "extended"):
            self.note_lateness(at)
            if kind != "extended":
                self.end_pauses(at, "supplement" if kind == "supplemented" else None)
            self.decide(data)
        elif kind == "transferred":
            self.agency = data["to_agency_code"]

    def numbers(self, now: int) -> Iterable[tuple[str, ...]]:
        if not self.received or self.void:
            return
        field = self.field or self.procedures.get(self.procedure, ("unknown", None))[0]
        yield "received", self.received_agency, field, self.channel, month(self.received)
        end, due, late_from = self.end(), self.due(), self.first_late
        if end:
            judged = self._judged(end, due)
            yield "closed", self.agency, field, month(end), judged
            if judged == "late" and due and late_from is None:
                late_from = floor(due) + 1
        else:
            stage = self._stage(now, due)
            yield "open", self.agency, field, stage
            if stage == "overdue" and due:
                yield "overdue", self.agency, _band(floor(due), now)
                yield "overdue_due", self.agency, str(floor(due))
                late_from = floor(due) + 1 if late_from is None else late_from
        if late_from is not None:
            opened = EPOCH + timedelta(seconds=late_from - 1)
            for duty, letter in DUTIES:
                if self.letters.get(letter, opened) <= opened:
                    yield "duty", self.agency, duty

    def _stage(self, now: int, due: datetime | None) -> str:
        if self.paused():
            return "paused"
        if due is None or now < soon(floor(due)):
            return "not_due"
        return "overdue" if now > floor(due) else "due_soon"

    def _judged(self, end: datetime, due: datetime | None) -> str:
        if due is None:
            return "unknown"
        if end > due:
            return "late"
        if end.astimezone(VN).date() >= due.astimezone(VN).date():
            return "on_time"
        promised = self.limit()
        if self.decided or promised is None:
            assert self.received
            promised = worked(floor(self.received), floor(due))
        return "early" if promised >= DAY_OF_WORK else "on_time"


def _band(due: int, now: int) -> str:
    days = worked(due, now) / DAY_OF_WORK
    return next((name for most, name in BANDS if days <= most), "gt10")


def recount(
    bodies: Iterable[bytes], now: int, procedures: dict[str, tuple[str, float | None]]
) -> dict[tuple[str, ...], int]:
    """The counters of dossiers at `now`; `procedures` is code -> (field, limit in hours)."""
    told: defaultdict[str, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
    for body in bodies:
        event = json.loads(body)
        if event["type"].startswith("dossier."):
            # The first of an identity stands; a repeat or a conflict changes nothing.
            told[event["subject"]].setdefault((event["source"], event["id"]), event)
    found: Counter[tuple[str, ...]] = Counter()
    for events in told.values():
        one = Dossier(procedures)
        for event in sorted(events.values(), key=lambda e: (instant(e["time"]), e["id"])):
            kind = event["type"].split(".")[1]
            one.take(kind, event["data"], instant(event["time"]))
        found.update(one.numbers(now))
    return dict(found)
