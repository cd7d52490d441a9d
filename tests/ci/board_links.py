"""Each linked number of the boards against what it opens, while facts keep arriving.

A link is followed as Grafana would: its variables, labels and columns filled in. Then the length of
the list (or its share, or the points that the page shows) must be the number that was drawn.
"""

import re
import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import httpx
from msgspec import Struct

from tests.ci.board_pages import is_comparable, number_of
from tests.ci.watchers import Watchers, wait_for

WALL = ("toan-tinh", "qua-han")
# What is drawn by rules of fifteen seconds can be opened, but not caught at one instant.
_BEFORE_SECONDS, _BEHIND_SECONDS = 2, 4
_PATIENCE_SECONDS = 150  # for a board
_TOLERANCE = 1e-9
_SAMPLE = 2  # of the series of a panel of another board
_NAMING = (
    "short_name", "indicator", "plan", "level", "group", "field", "channel", "timeliness", "leg",
    "state", "stage", "source", "reason",
)  # fmt: skip
_Labels = dict[str, str]


class Linked(Struct, frozen=True):
    """One number on a board: where it stands, its own name, and the address it opens."""

    what: str
    board: str
    name: str
    query: str
    labels: _Labels
    url: str
    unit: str

    def values(self, both: Watchers, at: float) -> set[float]:
        """What was drawn around an instant: a scrape and a rule are a second behind each."""
        since = int(time.time() - at) + _BEFORE_SECONDS
        found = both.query_range(self.query, seconds=since, step=1)["data"]["result"]
        return {
            float(value)
            for row in found
            if _told(row["metric"]) == self.labels
            for moment, value in row["values"]
            if at - _BEFORE_SECONDS <= moment <= at + _BEHIND_SECONDS
        }


def desks_of(both: Watchers, boards: Mapping[str, Any]) -> dict[str, str]:
    """The addresses of the desks as the boards' own variables find them."""
    found = {}
    for one in (one for board in boards.values() for one in board["templating"]["list"]):
        if one["name"].startswith("desk"):
            text = one["query"]["query"]
            if labelled := re.fullmatch(r"label_values\((.+), url\)", text):
                (found[one["name"]],) = both.label_values(labelled[1], "url")
            else:
                inner = text.removeprefix("query_result(").removesuffix(")")
                (row,) = both.query(inner)["data"]["result"]
                found[one["name"]] = row["metric"]["url"]
    return found


def linked_numbers(
    both: Watchers, boards: Mapping[str, Any], filled: Mapping[str, str]
) -> Iterator[Linked]:
    """Every number that opens something; of panels that are not on the wall, some."""
    for name, board in boards.items():
        for panel in board["panels"]:
            for target, column, url, unit in _links(panel):
                query = re.sub(r"\$(\w+)", lambda found: filled[found[1]], target["expr"])
                rows = both.query(query)["data"]["result"]
                title = panel["title"] or target.get("legendFormat", "").replace("{{", "")
                title = title.replace("}}", "")
                for row in rows if name in WALL else rows[:_SAMPLE]:
                    labels = _told(row["metric"])
                    told = [labels[one] for one in _NAMING if one in labels]
                    what = " / ".join(filter(None, [name, _bare(title), column, *told]))
                    address = _followed(url, filled, labels)
                    yield Linked(what, name, column or title, query, labels, address, unit)


def _links(panel: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str, str]]:
    """Yield query, column, address and unit of what opens something."""
    defaults = panel["fieldConfig"]["defaults"]
    for link in defaults["links"]:
        for target in panel["targets"]:
            yield target, "", link["url"], defaults["unit"]
    renamed = {
        name: key.removeprefix("Value #").replace("Value", "A")
        for one in panel.get("transformations", ())
        for key, name in one["options"].get("renameByName", {}).items()
        if key.startswith("Value")
    }
    for override in panel["fieldConfig"]["overrides"]:
        said = {one["id"]: one["value"] for one in override["properties"]}
        for link in said.get("links", ()):
            column = override["matcher"]["options"]
            (target,) = [one for one in panel["targets"] if one["refId"] == renamed[column]]
            yield target, _bare(column), link["url"], said["unit"]


def _followed(url: str, filled: Mapping[str, str], labels: _Labels) -> str:
    def value(found: re.Match[str]) -> str:
        kind, _, name = found[1].rpartition(".")
        return labels[name] if kind else filled[name.removesuffix(":raw")]

    return re.sub(r"\$\{([^}]+)\}", value, url)


def _told(metric: Mapping[str, str]) -> _Labels:
    return {key: value for key, value in metric.items() if key != "__name__"}


def _bare(title: str) -> str:
    return re.sub(r" \(mục tiêu.*\)", "", title)


class Outcome(Struct):
    """What became of the links: seen equal or opened, gone from their panel, never equal."""

    seen: dict[str, str] = {}
    gone: list[str] = []
    unequal: dict[str, str] = {}

    def see(self, one: Linked, said: str) -> None:
        """Note it and say it: a check of minutes should be seen to go on."""
        self.seen[one.what] = said
        self.unequal.pop(one.what, None)
        print(f"{one.what}: {said}", flush=True)


def compare(both: Watchers, numbers: list[Linked]) -> Outcome:
    """Open every link, and read it again until its number was drawn at the same instant."""
    found = Outcome()
    with httpx.Client(timeout=60) as http:
        for _, few in groupby(numbers, lambda one: one.board):
            waiting = [one for one in few if _opens(http, one, found)]
            until = time.monotonic() + _PATIENCE_SECONDS
            while waiting and time.monotonic() < until:
                waiting = _not_equal(both, http, waiting, found)
            for one in waiting:
                if "drawn []" in found.unequal[one.what]:  # a bar of another agency took its place
                    found.gone.append(one.what)
                    del found.unequal[one.what]
    return found


def _opens(http: httpx.Client, one: Linked, found: Outcome) -> bool:
    """Whether its page opens, and shows a number to compare."""
    answer = http.get(one.url)
    if not answer.is_success:
        found.unequal[one.what] = f"{one.url} answers {answer.status_code}: {answer.text[:200]}"
    elif not is_comparable(one.url, one.name):
        found.see(one, "opens")
    else:
        return True
    return False


def _not_equal(
    both: Watchers, http: httpx.Client, numbers: list[Linked], found: Outcome
) -> list[Linked]:
    """Read some lists, and return those whose number was not drawn around their reading.

    A list is read at one instant and its number drawn at another: of the values drawn around the
    reading one must be the list's.
    """
    read = [(one, time.time(), number_of(http, one.url, one)) for one in numbers]
    now = time.monotonic()
    wait_for(lambda: time.monotonic() - now > _BEHIND_SECONDS, 10, "the scrape after the list")
    left = []
    for one, at, listed in read:
        shown = one.values(both, at)
        if any(abs(value - listed) <= _TOLERANCE for value in shown):
            found.see(one, f"{listed:g} = what it opens")
        else:
            found.unequal[one.what] = f"opened {listed:g}, drawn {sorted(shown)}: {one.url}"
            left.append(one)
    return left
