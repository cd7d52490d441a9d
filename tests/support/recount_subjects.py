"""One dossier, petition or procedure, read for the independent recount of indicators.

Own reading of the rules (shared/rules/measures.toml): no code of services or shared. What is
known besides facts comes in plain; working time and due times are `recount`'s.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from .recount import DAY_OF_WORK, EPOCH, Dossier, after_working, floor, month

RULES: Final = tomllib.loads(
    (Path(__file__).parents[2] / "shared" / "rules" / "measures.toml").read_text(encoding="utf-8")
)
PETITION_DAYS: Final = 15
SEATS: Final = ("desk", "officer")
Fact = dict[str, Any]


@dataclass(frozen=True)
class Province:
    """What is known besides facts: plain words and numbers only."""

    root: str
    parent: Mapping[str, str | None]  # agency -> the agency above it
    level: Mapping[str, str]
    procedures: Mapping[str, tuple[str, float | None]]  # code -> (field, limit in working hours)
    field_names: Mapping[str, str] = field(default_factory=dict)
    with_fee: frozenset[str] = frozenset()  # procedures that have a fee or charge
    desks: frozenset[tuple[str, str]] = frozenset()  # (agency, desk) that are listed and stand

    def upward(self, agency: str) -> list[str]:
        """The agency and all above it; one that is not listed goes by the dots of its code."""
        found, at = [], agency
        while at and at not in found:
            found.append(at)
            at = (self.parent[at] if at in self.parent else at.rpartition(".")[0]) or ""
        return found


@dataclass(frozen=True)
class Thing:
    """One thing that a measure may count, in the month that it belongs to."""

    subject: str
    agency: str
    month: str
    facets: frozenset[str]
    code: str = ""  # of a procedure
    on_time_before: str = ""  # open, and on time in every period that ends before this month
    not_late_before: str = ""  # open, and nothing is owed in a period that ends before this month

    def judged_by(self, last_month: str) -> frozenset[str]:
        """What is true of it for a period: what had not ended is judged by the period's end."""
        facets = self.facets
        if self.on_time_before > last_month:
            facets |= {"on_time"}
        if self.not_late_before > last_month:
            facets -= {"was_late", "explained", "apologised"}
        return facets


class Told(Dossier):
    """A dossier with what else is said about it, each said by the last fact that says it."""

    def __init__(self, province: Province) -> None:
        super().__init__(dict(province.procedures))
        self.names = province.field_names
        self.marks: set[str] = set()
        self.asked = 0
        self.disliked = self.complained = False
        self.served: dict[str, str] = {}  # "desk" and "officer" of the receipt
        self.rated: dict[str, str] = {}  # of the last rating

    def take(self, kind: str, data: Fact, at: datetime) -> None:
        """Take the next fact in the order of (time, id)."""
        code = data.get("procedure_code")
        if code and code not in self.procedures:
            data = data | {"procedure_code": code[:8]}
        # Each says what it knows; only of these can a later fact say the contrary.
        told = {"received": ("identified", "own_account"), "resolved": ("electronic_result",)}
        for name in told.get(kind, ()):
            if data.get(name) is not None:
                self.marks -= {name}
                self.marks |= {name} if data[name] else set()
        if kind == "supplement_requested" and self.received and not self.end():
            self.asked += all(why != "supplement" or ended for why, _, ended in self.pauses)
        people = {what: data[f"{what}_code"] for what in SEATS if data.get(f"{what}_code")}
        if kind == "received":
            self.served = people or self.served
        if kind == "rated":
            self.rated = people
            self.disliked = not data["satisfied"]
            self.marks = (self.marks - {"satisfied"}) | {"rated"}
        self.marks |= _left(kind, data)
        super().take(kind, data, at)

    def facets(self, now: int) -> set[str]:
        """All that is true of it but whether it is on time."""
        marks, late_from = self.marks, self.late_from(now)
        opened = EPOCH + timedelta(seconds=(late_from or 1) - 1)
        letters = {kind for kind, at in self.letters.items() if late_from and at > opened}
        place = self.field or self.procedures.get(self.procedure, ("", None))[0]
        name = self.names.get(place, "").casefold()
        true = {
            "online": self.channel == "online",
            "received_by_post": self.channel == "postal",
            "by_post": self.channel == "postal" or "returned_by_post" in marks,
            "digitised": marks >= {"components_digitised", "result_digitised"},
            "complained": self.complained or self.disliked,
            "was_late": late_from is not None,
            "sensitive_field": any(w in name for w in RULES["sensitive_fields"]["words"]),
        }
        return marks | letters | {one for one, is_so in true.items() if is_so}

    def late_from(self, now: int) -> int | None:
        """The first second at which it was late; None: it never was."""
        end, due = self.end(), self.due()
        if self.first_late is not None or due is None:
            return self.first_late
        is_late = end > due if end else not self.paused() and now > floor(due)
        return floor(due) + 1 if is_late else None

    def on_time(self, now: int) -> tuple[bool, str]:
        """Whether it is on time now for 2.1; and, where it is open, the month it is due in."""
        due, end = self.due(), self.end()
        if self.asked > 1:
            return False, ""
        if due is None:
            return not end and self.paused() and self.limit() is not None, ""
        if end:
            return end <= due, ""
        starts = [start for _, start, ended in self.pauses if ended is None]
        return min(starts, default=now) <= floor(due), month(due)

    def things(self, now: int) -> Iterator[Thing]:
        """What counts of it: as received, as ended, and as use of its procedure."""
        if not self.received or self.void:
            return
        facets, (on_time, due_month) = self.facets(now), self.on_time(now)
        came, due = month(self.received), self.due()
        known = frozenset(facets | ({"on_time"} if on_time else set()))
        is_late_by_time = "was_late" in facets and self.first_late is None and not self.end()
        late_month = month(due) if due and is_late_by_time else ""
        yield Thing("dossier", self.agency, came, known, "", due_month, late_month)
        yield from self._seats(came)
        uses = {"online": "used_online", "paid_online": "used_paid_online"}
        uses |= {"by_post": "used_by_post", "result_digitised": "used_result_digitised"}
        used = frozenset({"used"} | {uses[one] for one in facets & uses.keys()})
        yield Thing("procedure", self.agency, came, used, self.procedure[:8])
        if end := self.end():
            judged = frozenset({self._judged(end, self.due())})
            yield Thing("ended", self.agency, month(end), judged)

    def _seats(self, came: str) -> Iterator[Thing]:
        """The desk and the officer that received it, and those that were rated for it."""
        place = self.received_agency or self.agency
        for what in SEATS:
            by = self.served.get(what)
            rated = (self.rated.get(what) or by) if "rated" in self.marks else None
            for code in {by, rated} - {None}:
                facets = frozenset({"rated"} if code == rated else ())
                yield Thing("seat", place, came, facets, f"{place} {what} {code}")


def _left(kind: str, data: Fact) -> set[str]:
    """What a fact leaves on a dossier for good."""
    if kind in ("digitised", "reused"):
        names = {
            "components": "components_digitised", "result": "result_digitised",
            "digitised_data": "reused",
        }  # fmt: skip
        return {names.get(name, name) for name, is_so in data.items() if is_so is True}
    if kind == "returned":
        how = data.get("delivery", "")
        is_electronic = data.get("electronic_result") or how == "electronic"
        paper = {
            "postal": {"returned_by_post", "returned_on_paper"},
            "counter": {"returned_on_paper"},
        }
        return paper.get(how, set()) | ({"electronic_result"} if is_electronic else set())
    if kind == "fee_assessed":
        return {"fee"} if data["amount_vnd"] else set()
    if kind == "paid" and data["amount_vnd"]:
        is_online = data.get("online") or data.get("national_gateway")
        return {"fee", "paid"} | ({"paid_online"} if is_online else set())
    if kind == "rated":
        return {"satisfied"} if data["satisfied"] else set()
    return {"synced"} if kind == "synced" else set()


class Petition:
    """One petition: whoever has it since its last transfer must answer, ask or publish."""

    def __init__(self) -> None:
        self.agency = ""
        self.received: datetime | None = None
        self.since: datetime | None = None
        self.ends: dict[str, datetime] = {}
        self.repeated = False
        self.about = ""
        self.votes: Counter[bool] = Counter()

    def take(self, kind: str, data: Fact, at: datetime) -> None:
        """Take the next fact in the order of (time, id)."""
        if kind == "received":
            self.received = self.since = at
            self.agency, self.repeated = data["agency_code"], data.get("repeated", False)
            self.about = data.get("about", "procedure")
            self.ends.pop("supplement_requested", None)  # sent again: what was asked for came
        elif kind == "transferred":
            self.agency, self.since = data["to_agency_code"], at
            self.ends.clear()
        elif kind == "rated":
            self.votes[data["satisfied"]] += 1
        elif kind != "supplement_requested" or kind not in self.ends:
            self.ends[kind] = at

    def things(self, now: int) -> Iterator[Thing]:
        """What counts of it: nothing until it is received."""
        if self.received is None or self.since is None:
            return
        last = after_working(floor(self.since), PETITION_DAYS * DAY_OF_WORK)
        is_on_time = (floor(min(self.ends.values())) if self.ends else now) <= last
        facets = {"on_time"} if is_on_time else set()
        facets |= {"repeated"} if self.repeated else set()
        facets |= {self.about}
        facets |= {"disliked"} if self.votes[False] > self.votes[True] else set()
        due = "" if self.ends else month(datetime.fromtimestamp(last, UTC))
        yield Thing("petition", self.agency, month(self.received), frozenset(facets), "", due)
