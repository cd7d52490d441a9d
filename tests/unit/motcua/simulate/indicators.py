"""Every indicator that facts can feed, counted from bytes with the json module and nothing else.

The definitions are those of the national portal's sheet ([PORTAL-2026] in docs/sources.md); no code
is shared with the simulator or the services, so that it can disagree with both.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

Pair = tuple[int, int]
Things = dict[str, list[dict[str, Any]]]


class Told:
    """The facts up to an instant, gathered by what they are about."""

    def __init__(self, facts: Iterable[bytes], as_of: datetime, worked: set[date]) -> None:
        self.as_of = as_of
        self.worked = worked
        self.by_noun: dict[str, Things] = defaultdict(lambda: defaultdict(list))
        for line in facts:
            fact = json.loads(line)
            fact["time"] = datetime.fromisoformat(fact["time"])
            if fact["time"] <= as_of:
                noun, fact["what"], _ = fact["type"].split(".")
                self.by_noun[noun][fact["subject"]].append(fact)

    def dossiers(self) -> list["Dossier"]:
        """All that were received."""
        made = (Dossier(facts, self.as_of) for facts in self.by_noun["dossier"].values())
        return [one for one in made if one.received]

    def after(self, day: date, working_days: int) -> date:
        """The day so many working days later, or earlier."""
        step = timedelta(days=1 if working_days > 0 else -1)
        while working_days:
            day += step
            if day in self.worked:
                working_days -= 1 if working_days > 0 else -1
        return day


class Dossier:
    """What the facts of one dossier say together."""

    def __init__(self, facts: list[dict[str, Any]], as_of: datetime) -> None:
        self.all: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for fact in facts:
            self.all[fact["what"]].append(fact)
        self.received = self.data("received")
        self._as_of = as_of

    def data(self, what: str) -> dict[str, Any]:
        """The particulars of the last fact of that kind; empty if there is none."""
        found = self.all[what]
        return found[-1]["data"] if found else {}

    def says(self, what: str, *fields: str) -> bool:
        """Whether one fact of that kind says yes to all of these."""
        return any(all(one["data"].get(field) for field in fields) for one in self.all[what])

    @property
    def is_on_time(self) -> bool:
        """By 2.1: the end, or now, is not after the due time; asked twice is late."""
        if len(self.all["supplement_requested"]) > 1:
            return False
        times = {what: facts[-1]["time"] for what, facts in self.all.items() if facts}
        changes = [
            fact for what in ("received", "supplemented", "resumed", "extended")
            for fact in self.all[what] if "due_at" in fact["data"]
        ]  # fmt: skip
        due = max(changes, key=lambda fact: fact["time"])["data"]["due_at"]
        end = times.get("resolved") or times.get("returned") or times.get("withdrawn")
        end = end or times.get("stopped") or self._waits_since() or self._as_of
        return bool(end <= datetime.fromisoformat(due))

    def _waits_since(self) -> datetime | None:
        pairs = (("supplement_requested", "supplemented"), ("suspended", "resumed"),
                 ("financial_duty_requested", "resumed"))  # fmt: skip
        for began, ended in pairs:
            starts, ends = self.all[began], self.all[ended]
            if starts and (not ends or ends[-1]["time"] < starts[-1]["time"]):
                since: datetime = starts[-1]["time"]
                return since
        return None


def measures_of(told: Told, communes: int) -> dict[str, Pair]:
    """Numerator and denominator of the whole province, by indicator."""
    return {
        **_dossier_measures(told), **_procedure_measures(told), **_petition_measures(told),
        "4.6": (_communes_with_electronic_copies(told), communes),
    }  # fmt: skip


def _dossier_measures(told: Told) -> dict[str, Pair]:
    dossiers = told.dossiers()
    named = {
        facts[0]["data"].get("dossier_code") for facts in told.by_noun["petition"].values()
    }  # fmt: skip
    fee = [one for one in dossiers if one.says("fee_assessed", "amount_vnd")]

    def share(true: Iterable[bool], of: list[Dossier] = dossiers) -> Pair:
        return sum(true), len(of)

    complained = (
        (one.all["rated"] and not one.data("rated")["satisfied"]) or _code(one) in named
        for one in dossiers
    )
    return {
        "1.4": share(bool(one.all["synced"]) for one in dossiers),
        "2.1": share(one.is_on_time for one in dossiers),
        "3.3": share(one.received.get("channel") == "online" for one in dossiers),
        "3.6": share((one.says("paid", "online") for one in fee), fee),
        "4.1": share(one.says("resolved", "electronic_result") for one in dossiers),
        "4.2": share(one.says("digitised", "components", "result") for one in dossiers),
        "4.3": share(one.says("reused", "digitised_data") for one in dossiers),
        "4.4": share(one.says("reused", "personal_storage") for one in dossiers),
        "4.5b": share(bool(one.received.get("identified")) for one in dossiers),
        "5.4": share(
            one.is_on_time and not bad for one, bad in zip(dossiers, complained, strict=True)
        ),
    }


def _code(one: Dossier) -> str:
    code: str = one.all["received"][0]["subject"]
    return code


def _procedure_measures(told: Told) -> dict[str, Pair]:
    announced, published = set[str](), set[str]()
    announced_late, published_late = set[str](), set[str]()
    full, online, fee, integrated = set[str](), set[str](), set[str](), set[str]()
    for code, facts in told.by_noun["procedure"].items():
        by_what: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for fact in facts:
            by_what[fact["what"]].append(fact["data"])
        for kinds, lates, what, is_late in (
            (announced, announced_late, "announced", _is_announced_late),
            (published, published_late, "published", _is_published_late),
        ):
            kinds.update([code] * bool(by_what[what]))
            lates.update(code for data in by_what[what] if is_late(told, data))
        full.update(code for data in by_what["published"] if data["content_full"])
        online.update(
            code for data in by_what["service_level_set"] if data["service_level"] != "none"
        )
        fee.update(code for _ in by_what["payment_integrated"])
        integrated.update(
            code for data in by_what["payment_integrated"] if data.get("integrated", True)
        )
    used, paid = _used(told)
    return {
        "1.1": (len(announced - announced_late), len(announced)),
        "1.2": (len(published - published_late), len(published)),
        "1.3": (len(full), len(published)),
        "3.1": (len(online), len(announced)),
        "3.2": (len(used & online), len(online)),
        "3.5a": (len(integrated), len(fee)),
        "3.5b": (len(paid & fee), len(fee)),
    }


def _is_announced_late(told: Told, data: Mapping[str, Any]) -> bool:
    last = told.after(date.fromisoformat(data["law_effective_on"]), -5)
    return date.fromisoformat(data["decided_on"]) > last


def _is_published_late(told: Told, data: Mapping[str, Any]) -> bool:
    last = told.after(date.fromisoformat(data["decided_on"]), 5)
    return date.fromisoformat(data["published_on"]) > last


def _used(told: Told) -> tuple[set[str], set[str]]:
    online, paid = set(), set()
    for one in told.dossiers():
        code = one.received["procedure_code"]
        if one.received.get("channel") == "online":
            online.add(code)
        if one.says("paid", "online"):
            paid.add(code)
    return online, paid


def _petition_measures(told: Told) -> dict[str, Pair]:
    on_time = satisfied = 0
    petitions = told.by_noun["petition"]
    for facts in petitions.values():
        times: dict[str, datetime] = {}
        for fact in facts:
            times.setdefault(fact["what"], fact["time"])
        start = times.get("transferred") or times["received"]
        # Fifteen working days run out at the same time of day on the fifteenth one; days will do
        # here, because nothing the simulator does comes that close.
        last = told.after((start + timedelta(hours=7)).date(), 15)
        done = [times[what] for what in ("answered", "published", "supplement_requested")
                if what in times]  # fmt: skip
        at = min(done) if done else told.as_of
        is_on_time = (at + timedelta(hours=7)).date() <= last
        on_time += is_on_time
        rated = [fact["data"]["satisfied"] for fact in facts if fact["what"] == "rated"]
        repeated = facts[0]["data"].get("repeated", False)
        satisfied += is_on_time and not repeated and False not in rated
    return {"5.2": (on_time, len(petitions)), "5.3": (satisfied, len(petitions))}


def _communes_with_electronic_copies(told: Told) -> int:
    return len({
        fact["data"]["agency_code"]
        for facts in told.by_noun["document"].values()
        for fact in facts
        if fact["data"].get("electronic")
    })  # fmt: skip
