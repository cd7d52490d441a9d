"""The oracle: every legal series of scoring, counted anew from the bodies of the log.

A program of its own: json and dicts, its own working time, no import of services or shared, no
increments. Slow and plain on purpose. Facts may come in any order and any number of times.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tests.support.open_time import after, before, civil, closing_of, open_seconds

Series = dict[str, float]
_SOON = 8 * 3600
_BANDS = ((1, "le1"), (3, "le3"), (5, "le5"), (10, "le10"))
_DAY = 8 * 3600
_PAUSING = {"supplement_requested", "financial_duty_requested", "suspended"}
_FOLDED = ("dossier", "petition", "procedure", "document", "measure")
_LEGAL = (
    "dvc_dossiers_open", "dvc_dossiers_overdue", "dvc_oldest_overdue_due_timestamp_seconds",
    "dvc_period_dossiers_received", "dvc_period_dossiers_closed", "dvc_duties_open",
    "dvc_petitions_open", "dvc_corrections",
)  # fmt: skip
_LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def series_of(page: str) -> Series:
    """Read the legal series off a metrics page, and the instant it was made as `as_of`."""
    found: Series = {}
    for line in page.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        name, labels, value = match.groups()
        if name in _LEGAL:
            found[_name(name, dict(_LABEL.findall(labels or "")))] = float(value)
        elif name == "dvc_snapshot_timestamp_seconds":
            found["as_of"] = float(value)
    return found


def recount(bodies: Iterable[bytes], catalogue: dict[str, Any], now: int) -> Series:
    """Count everything at the epoch second `now`."""
    facts: dict[tuple[str, str], dict[str, Any]] = {}
    for body in bodies:
        event = json.loads(body)
        facts.setdefault((event["source"], event["id"]), event)
    subjects: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    late = 0
    for event in facts.values():
        noun = event["type"].split(".")[0]
        if noun in ("dossier", "petition"):
            subjects[noun, event["subject"]].append(event)
        if noun in _FOLDED:
            late += _month(_at(event["time"])) < _month(_at(event["recordedtime"]))
    fields = {one["code"]: one["field"] for one in catalogue.get("procedures", ())}
    counts: Counter[str] = Counter()
    oldest: dict[str, float] = {}
    for (noun, _), events in subjects.items():
        events.sort(key=lambda event: (_at(event["time"]), event["id"]))
        if noun == "dossier":
            _count_dossier(Dossier(events, fields), now, counts, oldest)
        else:
            _count_petition(events, now, counts)
    series: Series = dict(counts)
    series |= oldest
    series[_name("dvc_corrections", {})] = late
    return series


class Dossier:
    """What the sorted facts of one dossier come to."""

    def __init__(self, events: list[dict[str, Any]], fields: dict[str, str]) -> None:
        self.agency = self.receiver = self.field = ""
        self.channel = "direct"
        self.received = self.due = 0.0
        self.ends: dict[str, float] = {}
        self.waiting: set[str] = set()
        self.was_late = 0.0  # the due time that was over when a later one replaced it
        self.explained = self.apologised = 0.0
        self.void = False
        for event in events:
            self._tell(event["type"].split(".")[1], event["data"], _at(event["time"]), fields)

    @property
    def end(self) -> float:
        for how in ("resolved", "returned"):
            if how in self.ends:
                return self.ends[how]
        for how in ("stopped", "rejected", "withdrawn"):
            if self.received and self.ends.get(how, 0) >= self.received:
                return self.ends[how]
        return 0.0

    def _tell(self, what: str, data: dict[str, Any], at: float, fields: dict[str, str]) -> None:
        if what == "received":
            self.received, self.agency, self.receiver = at, data["agency_code"], ""
            self.channel = data.get("channel", "direct")
            code = data["procedure_code"]
            known = fields.get(code) or fields.get(code[:8]) or "unknown"
            self.field = data.get("field_code") or known
            self.waiting.clear()
            self._decide(data)
        elif what in ("resolved", "returned", "stopped", "rejected", "withdrawn"):
            self.ends[what] = at
            if self.end:
                self.waiting.clear()
        elif what == "explained":
            self.explained = at
        elif what == "apologised":
            self.apologised = at
        elif not self.end:
            self._go_on(what, data, at)

    def _go_on(self, what: str, data: dict[str, Any], at: float) -> None:
        moves = what in _PAUSING or what in ("supplemented", "resumed", "extended")
        if moves and self.received and self.due and at > self.due and not self.waiting:
            self.was_late = self.was_late or int(self.due) + 1
        if what in _PAUSING:
            self.waiting.add(what)
        elif what == "supplemented":
            self.waiting.discard("supplement_requested")
            self._decide(data)
        elif what == "resumed":
            self.waiting.clear()
            self._decide(data)
        elif what == "extended":
            self._decide(data)
        elif what == "transferred":
            self.receiver = self.receiver or self.agency
            self.agency = data["to_agency_code"]

    def _decide(self, data: dict[str, Any]) -> None:
        if "due_at" in data:
            due = _at(data["due_at"])
            local = civil(due)
            midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
            self.due = closing_of(local.date()) if midnight else due
        elif "due_on" in data:
            self.due = closing_of(date.fromisoformat(data["due_on"]))


def _count_dossier(one: Dossier, now: int, counts: Counter[str], oldest: dict[str, float]) -> None:
    if not one.received:
        return
    agency, field = one.agency, one.field
    receiver = one.receiver or agency
    for period in _periods(one.received, now):
        labels = {"agency": receiver, "field": field, "channel": one.channel, "period": period}
        counts[_name("dvc_period_dossiers_received", labels)] += 1
    late_from = one.was_late
    if one.end:
        kind = _timeliness(one)
        late_from = late_from or (int(one.due) + 1 if kind == "late" else 0)
        for period in _periods(one.end, now):
            labels = {"agency": agency, "field": field, "period": period, "timeliness": kind}
            counts[_name("dvc_period_dossiers_closed", labels)] += 1
    else:
        stage = stage_of(one, now)
        counts[_name("dvc_dossiers_open", {"agency": agency, "field": field, "stage": stage})] += 1
        if stage == "overdue":
            due = int(one.due)
            late_from = late_from or due + 1
            labels = {"agency": agency, "age_band": _band(due, now)}
            counts[_name("dvc_dossiers_overdue", labels)] += 1
            name = _name("dvc_oldest_overdue_due_timestamp_seconds", {"agency": agency})
            oldest[name] = min(oldest.get(name, due), due)
    if late_from:
        for duty, done in (("explanation", one.explained), ("apology", one.apologised)):
            if done <= late_from - 1:
                counts[_name("dvc_duties_open", {"agency": agency, "duty": duty})] += 1


def _timeliness(one: Dossier) -> str:
    if not one.due:
        return "unknown"
    if one.end > one.due:
        return "late"
    if civil(one.end).date() >= civil(one.due).date():
        return "on_time"
    return "on_time" if open_seconds(int(one.received), int(one.due)) < _DAY else "early"


def stage_of(one: Dossier, now: int) -> str:
    """Where an open dossier stands: not_due, due_soon, overdue, or paused."""
    if one.waiting:
        return "paused"
    if not one.due:
        return "not_due"
    if now > int(one.due):
        return "overdue"
    return "due_soon" if now >= before(int(one.due), _SOON) else "not_due"


def _band(due: int, now: int) -> str:
    overdue = open_seconds(due, now)
    return next((name for days, name in _BANDS if overdue <= days * _DAY), "gt10")


def _count_petition(events: list[dict[str, Any]], now: int, counts: Counter[str]) -> None:
    agency, due, waiting = "", 0, False
    done = received = False
    for event in events:
        what, data = event["type"].split(".")[1], event["data"]
        if what in ("received", "transferred"):
            agency = data.get("to_agency_code", data["agency_code"])
            due = after(int(_at(event["time"])), 15 * _DAY)
            received, waiting = received or what == "received", False
            done = done and what == "received"  # the new agency has to answer anew
        elif what == "supplement_requested":
            waiting = True
        elif what in ("answered", "published"):
            done = True
    if not received or done:
        return
    stage = "not_due"
    if waiting:
        stage = "paused"
    elif now > due:
        stage = "overdue"
    elif now >= before(due, _SOON):
        stage = "due_soon"
    counts[_name("dvc_petitions_open", {"agency": agency, "stage": stage})] += 1


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _month(epoch: float) -> str:
    return civil(epoch).strftime("%Y-%m")


def _periods(at: float, now: int) -> list[str]:
    then, today = civil(at), civil(now)
    found = ["year"] if then.year == today.year else []
    if found and (then.month - 1) // 3 == (today.month - 1) // 3:
        found.append("quarter")
    return [*found, "month"] if found and then.month == today.month else found


def _name(family: str, labels: dict[str, str]) -> str:
    return family + "{" + ",".join(f"{key}={labels[key]}" for key in sorted(labels)) + "}"
