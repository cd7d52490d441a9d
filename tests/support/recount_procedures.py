"""One procedure at one agency, read for the independent recount of indicators: see there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from .recount import STRETCHES, VN, month
from .recount_subjects import RULES, Fact, Thing

WORKING_DAYS: Final = [datetime.fromtimestamp(start, VN).date() for start, _ in STRETCHES[::2]]


class Procedure:
    """One procedure at one agency."""

    def __init__(self, agency: str, code: str, *, has_fee: bool = False) -> None:
        self.agency, self.code = agency, code[:8]
        self.said: dict[str, Any] = {"fee": has_fee}
        self.named = self.retired = False
        self.acts: list[Thing] = []
        self.was: dict[str, set[str]] = {}  # what it was when a month ended, where that changed
        self.to_publish: dict[date, date] = {}  # decision -> the last day to make it public
        self.public: set[date] = set()  # decisions that were made public

    def take(self, kind: str, data: Fact, at: datetime) -> None:
        """Take the next fact in the order of (time, id)."""
        # An update of its text alone does not say that anybody offers it.
        self.named = self.named or kind not in ("updated", "retired")
        names = ("content_full", "eligible_full_online", "service_level")
        self.said |= {name: data[name] for name in names if data.get(name) is not None}
        if kind in ("announced", "published"):
            self.retired = False
            decided = date.fromisoformat(data["decided_on"])
        if kind == "retired":
            self.retired = True
            # Nobody has to publish what ended before its last day.
            ended = at.astimezone(VN).date()
            self.to_publish = {on: by for on, by in self.to_publish.items() if by < ended}
        elif kind == "payment_integrated":
            self.said["fee"] = data.get("has_fee", True)
            self.said["payment_integrated"] = self.said["fee"] and data.get("integrated", True)
        elif kind == "announced":
            self._act("announced", data["decided_on"], is_late=_announced_late(data))
            self.to_publish.setdefault(decided, _public_by(data))
        elif kind == "published":
            self.said["public"] = True
            self.public.add(decided)
            # It had to be public by that day, and counts in its month.
            last = _public_by(data)
            is_late = date.fromisoformat(data["published_on"]) > last
            self._act("published", last.isoformat(), is_late=is_late)
        self.was[month(at)] = self._facets()

    def never_public(self, now: int) -> Iterator[Thing]:
        """Decisions whose last day is over and that nobody made public: late in its month."""
        for decided, last in self.to_publish.items():
            day_after = datetime(last.year, last.month, last.day, tzinfo=VN) + timedelta(days=1)
            if decided not in self.public and now + 1 >= day_after.timestamp():
                facets = frozenset({"published", "published_late"})
                yield Thing("procedure", self.agency, last.isoformat()[:7], facets, self.code)

    def _act(self, what: str, on: str, *, is_late: bool) -> None:
        facets = frozenset({what, f"{what}_late"} if is_late else {what})
        self.acts.append(Thing("procedure", self.agency, on[:7], facets, self.code))

    def facets_at_end_of(self, last_month: str) -> set[str]:
        """What it was when that month ended."""
        known = [one for one in self.was if one <= last_month]
        return self.was[max(known)] if known else set()

    def _facets(self) -> set[str]:
        if self.retired or not self.named:
            return set()
        said = {"in_force": True} | self.said
        level = said.pop("service_level", "none")
        true = {name for name, is_so in said.items() if is_so}
        true |= {"online"} if level != "none" else set()
        return true | ({"full_online"} if level == "full" else set())


def _announced_late(data: Fact) -> bool:
    if not data.get("law_effective_on"):
        return False
    provincial = "_provincial" if data.get("provincial") else ""
    days = _limit_of(data)[f"announce_days_before{provincial}"]
    at = bisect_left(WORKING_DAYS, date.fromisoformat(data["law_effective_on"]))
    last: date = WORKING_DAYS[at - days]
    return date.fromisoformat(data["decided_on"]) > last


def _limit_of(data: Fact) -> dict[str, int]:
    """The last row that began by the day of the decision, else the first of them."""
    rows = sorted(RULES["publishing"], key=lambda row: str(row["effective_from"]))
    begun = [row for row in rows if str(row["effective_from"]) <= data["decided_on"]]
    found: dict[str, int] = (begun or rows[:1])[-1]
    return found


def _public_by(data: Fact) -> date:
    provincial = "_provincial" if data.get("provincial") else ""
    days = _limit_of(data)[f"public_days_after{provincial}"]
    at = bisect_right(WORKING_DAYS, date.fromisoformat(data["decided_on"]))
    last: date = WORKING_DAYS[at + days - 1]
    return last
