"""Our panel kinds for grafana-dashboard-builder: it knows the panels of 2015, these are today's.

Every class `WbX` is the kind `wb-x` of the YAML project. A kind refuses a key it does not know, so
that a misspelt `tresholds` fails the build and not the wall.
"""

from typing import Any, ClassVar

from grafana_dashboards.components.base import JsonGenerator

from deploy.grafana.faults import BoardError
from deploy.grafana.links import desk_link, refuse_unexplained
from deploy.grafana.queries import NO_DATA, guarded, or_nothing, target_of
from deploy.grafana.thresholds import (
    GREY,
    no_steps,
    target,
    target_steps,
    wording,
    written_steps,
)
from deploy.grafana.variables import DATASOURCE
from deploy.grafana.words import LABEL_WORDS

_EVERY = frozenset({"title", "help", "width", "no-link"})
QUERY = frozenset({"expr", "series", "legend", "guard", "sort", "range"})
FIELD = frozenset({"unit", "decimals", "min", "max", "thresholds", "target", "link", "map"})
_DEFAULT_REDUCE = {"calcs": ["lastNotNull"], "fields": "", "values": False}


class WbPanel(JsonGenerator):  # type: ignore[misc]  # the builder is untyped
    """What all kinds share. `gen_panel` is called by the board, with its own settings."""

    data: dict[str, Any]
    grafana_type: ClassVar[str] = ""
    own_keys: ClassVar[frozenset[str]] = frozenset()

    def gen_panel(self, *, is_guarded: bool, is_tv: bool) -> dict[str, Any]:
        """Return the panel without id and place."""
        self._refuse_unknown()
        title = str(self.data.get("title", ""))
        if not self.data.get("help"):
            raise BoardError(f"panel {title!r} has no English description (help)")
        self.refuse_unexplained()
        panel: dict[str, Any] = {
            "type": self.grafana_type,
            # On the wall the name stands inside the panel: Grafana's own titles are 14 px.
            "title": "" if is_tv else self._named(title),
            "description": self._description(),
            "datasource": DATASOURCE,
            "transparent": is_tv,
            "targets": self.targets(is_guarded=is_guarded),
            "fieldConfig": {"defaults": self.defaults(), "overrides": self.overrides()},
            "options": self.options(is_tv=is_tv),
        }
        return panel

    def _refuse_unknown(self) -> None:
        known = _EVERY | self.own_keys
        unknown = sorted(set(self.data) - known)
        if unknown:
            raise BoardError(f"{self.data.get('title')!r}: no key {', '.join(unknown)}")

    def refuse_unexplained(self) -> None:
        """Refuse a panel that neither opens what it counts nor says why not."""
        refuse_unexplained(self.data, str(self.data.get("title", "")))

    def _description(self) -> str:
        words = " ".join(str(self.data["help"]).split())
        return f"{words} No list: {self.data['no-link']}." if "no-link" in self.data else words

    def _named(self, title: str) -> str:
        return (
            f"{title} ({wording(target(self.data['target']))})" if "target" in self.data else title
        )

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Return the queries."""
        is_guarded = bool(self.data.get("guard", is_guarded))
        sort = str(self.data.get("sort", ""))
        is_instant = not self.data.get("range", False)
        written = self.data.get("series") or [
            {"expr": self.data["expr"], "legend": self.data.get("legend", "")}
        ]
        return [
            target_of(
                number,
                guarded(one["expr"], is_guarded=is_guarded, sort=sort),
                legend=str(one.get("legend", "")),
                is_instant=is_instant,
            )
            for number, one in enumerate(written)
        ]

    def defaults(self) -> dict[str, Any]:
        """Return how a value is shown: unit, limits, colour, links, and what nothing looks like."""
        nothing = {"match": "null+nan", "result": {"text": NO_DATA, "color": GREY, "index": 99}}
        found: dict[str, Any] = {
            "unit": self.data.get("unit", "locale"),
            "noValue": NO_DATA,
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": self.steps()},
            "mappings": [*self.mappings(), {"type": "special", "options": nothing}],
            "links": [desk_link(self.data["link"])] if "link" in self.data else [],
        }
        for key in ("decimals", "min", "max"):
            if key in self.data:
                found[key] = self.data[key]
        return found

    def steps(self) -> list[dict[str, Any]]:
        """Return the colours: of the plan's target, written out, or none."""
        if "target" in self.data:
            return target_steps(target(self.data["target"]))
        if "thresholds" in self.data:
            return written_steps(self.data["thresholds"])
        return no_steps()

    def mappings(self) -> list[dict[str, Any]]:
        """Return values with a word of their own: `map: {1: Chạy}`."""
        written = self.data.get("map") or {}
        if not written:
            return []
        options = {
            str(value): {"text": text, "index": index}
            for index, (value, text) in enumerate(written.items())
        }
        return [{"type": "value", "options": options}]

    def overrides(self) -> list[dict[str, Any]]:
        """Return settings of single fields: Vietnamese names for values of our own labels."""
        words = LABEL_WORDS if "legend" in self.data else {}
        return [
            {
                "matcher": {"id": "byName", "options": value},
                "properties": [{"id": "displayName", "value": word}],
            }
            for value, word in words.get(self.data.get("legend", ""), {}).items()
        ]

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return the options of Grafana's panel type."""
        raise NotImplementedError


class WbStat(WbPanel):
    """One number, its name inside; on the wall as large as its place, over a name of 36 px."""

    grafana_type = "stat"
    own_keys = QUERY | FIELD

    def gen_panel(self, *, is_guarded: bool, is_tv: bool) -> dict[str, Any]:
        """Return the number; on the wall its name stays when the number is hidden."""
        panel = super().gen_panel(is_guarded=is_guarded, is_tv=is_tv)
        if is_tv and "series" not in self.data:
            for one in panel["targets"]:
                one["expr"] = or_nothing(one["expr"])
        return panel

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Name the number after the panel, unless a legend names each series."""
        found = super().targets(is_guarded=is_guarded)
        for one in found:
            one.setdefault("legendFormat", self._named(str(self.data.get("title", ""))))
        return found

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return a stat without a sparkline."""
        return {
            "reduceOptions": _DEFAULT_REDUCE,
            "orientation": "auto",
            "textMode": "value_and_name" if is_tv else "auto",
            "wideLayout": False,
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "center",
            "showPercentChange": False,
            "percentChangeColorMode": "standard",
            # Without a size of its own the value takes the room there is, and the words that
            # stand for nothing are as long as they are: at a fixed size they are cut off.
            "text": {"titleSize": 36} if is_tv else {},
        }


class WbGauge(WbPanel):
    """A share of a whole, with the line of its target."""

    grafana_type = "gauge"
    own_keys = QUERY | FIELD

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return a gauge that writes its number."""
        return {
            "reduceOptions": _DEFAULT_REDUCE,
            "orientation": "auto",
            "showThresholdLabels": False,
            "showThresholdMarkers": True,
            "sizing": "auto",
            "minVizHeight": 75,
            "minVizWidth": 75,
            "text": {"titleSize": 36, "valueSize": 90} if is_tv else {},
        }


class WbBarGauge(WbPanel):
    """Ranked names, each with its bar: the wall's table."""

    grafana_type = "bargauge"
    own_keys = QUERY | FIELD

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return horizontal bars, the name on the left."""
        return {
            "reduceOptions": _DEFAULT_REDUCE,
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "text",
            "namePlacement": "left",
            "showUnfilled": True,
            "sizing": "auto",
            "minVizHeight": 16,
            "minVizWidth": 8,
            "maxVizHeight": 300,
            "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom",
                       "calcs": []},
            # A name's room is measured at its natural size: at a larger one it would be cut off.
            "text": {"valueSize": 36} if is_tv else {"titleSize": 14, "valueSize": 18},
        }  # fmt: skip
