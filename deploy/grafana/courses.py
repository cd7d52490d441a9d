"""Courses over time: the kinds whose panel has a time axis."""

from typing import Any

from deploy.grafana.faults import BoardError
from deploy.grafana.kinds import FIELD, QUERY, WbPanel


class WbTimeSeries(WbPanel):
    """A course over time; never on the wall, where nobody hovers."""

    grafana_type = "timeseries"
    own_keys = QUERY | FIELD | {"stack"}

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Ask over a range, without the guard: the past stays what it was."""
        del is_guarded
        self.data = {**self.data, "range": True, "guard": False}
        return super().targets(is_guarded=False)

    def defaults(self) -> dict[str, Any]:
        """Return lines in the palette's colours."""
        stack = "normal" if self.data.get("stack") else "none"
        custom = {
            "drawStyle": "line",
            "lineWidth": 2,
            "fillOpacity": 20 if self.data.get("stack") else 0,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": stack, "group": "A"},
            "axisPlacement": "auto",
            "thresholdsStyle": {"mode": "line" if "target" in self.data else "off"},
        }
        return {**super().defaults(), "color": {"mode": "palette-classic"}, "custom": custom}

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return a legend below.

        Raises:
            BoardError: it stands on a TV board.
        """
        if is_tv:
            raise BoardError(f"{self.data.get('title')!r}: no time series on a TV board")
        return {
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom",
                       "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }  # fmt: skip


class WbStateTimeline(WbPanel):
    """What was in which state when."""

    grafana_type = "state-timeline"
    own_keys = QUERY | FIELD

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Ask over a range, without the guard."""
        del is_guarded
        self.data = {**self.data, "range": True, "guard": False}
        return super().targets(is_guarded=False)

    def defaults(self) -> dict[str, Any]:
        """Return filled bars."""
        return {**super().defaults(), "custom": {"fillOpacity": 80, "lineWidth": 0}}

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return rows that merge equal states."""
        del is_tv
        return {
            "mergeValues": True,
            "showValue": "auto",
            "alignValue": "left",
            "rowHeight": 0.9,
            "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom",
                       "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        }  # fmt: skip
