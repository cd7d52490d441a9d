"""A board: bands of panels, one under the other, and the project that lists all boards.

grafana-dashboard-builder contributes the project, its parameters and the registry of kinds; this
module takes the place of its dashboards, which end at rows and spans.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from grafana_dashboards.components.base import JsonGenerator
from grafana_dashboards.components.projects import Project
from grafana_dashboards.context import Context
from grafana_dashboards.errors import UnregisteredComponentError

from deploy.grafana.faults import BoardError
from deploy.grafana.kinds import WbPanel
from deploy.grafana.variables import variables

SCHEMA_VERSION = 42
WIDTH_MAX = 24
TV_ROWS_MAX = 28  # a 1080p screen in kiosk mode: 28 rows of 30 + 8 px
_NAME = re.compile(r"%\((\w*)\)s")
_DESK = re.compile(r"\$\{(desk\w*):raw\}")
_KEYS = frozenset({
    "title", "help", "uid", "tv", "guard", "variables", "bands", "from", "refresh", "tags", "links",
})  # fmt: skip


class WbBoard(JsonGenerator):  # type: ignore[misc]  # the builder is untyped
    """One board in the classic model, schemaVersion 42."""

    def gen_json(self, context: Context | None = None) -> dict[str, Any]:
        """Return the board, every `%(name)s` in it replaced by the project's parameter.

        The builder's own `{name}` is str.format, which a PromQL selector breaks.

        Raises:
            BoardError: an unknown parameter, kind or key; a band that does not fit; a TV too tall.
        """
        look_up = _parameters(context or Context())
        written: dict[str, Any] = expanded(self.data, look_up)
        unknown = sorted(set(written) - _KEYS)
        if unknown:
            raise BoardError(f"board {self.name}: no key {', '.join(unknown)}")
        try:
            return self._board(written)
        except BoardError as error:
            raise BoardError(f"board {self.name}: {error}") from None

    def _board(self, written: dict[str, Any]) -> dict[str, Any]:
        is_tv = bool(written.get("tv", False))
        is_guarded = bool(written.get("guard", True))
        panels = list(_placed(self._made(written["bands"], is_guarded=is_guarded, is_tv=is_tv)))
        rows = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels)
        if is_tv and rows > TV_ROWS_MAX:
            raise BoardError(f"{rows} rows on a TV, at most {TV_ROWS_MAX}")
        return {
            "uid": written["uid"],
            "title": written["title"],
            "description": " ".join(str(written["help"]).split()),
            "tags": ["motcua", *(["tv"] if is_tv else []), *written.get("tags", [])],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "Asia/Ho_Chi_Minh",
            "refresh": written.get("refresh", "10s" if is_tv else "30s"),
            "time": {"from": written.get("from", "now-24h"), "to": "now"},
            "timepicker": {"hidden": is_tv},
            "fiscalYearStartMonth": 0,
            "links": [] if is_tv else [_other_boards()],
            "annotations": {"list": []},
            "templating": {
                "list": variables(list(written.get("variables", [])), _desks_of(panels))
            },
            "panels": panels,
        }

    def _made(
        self, bands: list[dict[str, Any]], *, is_guarded: bool, is_tv: bool
    ) -> Iterator[tuple[int, list[tuple[int, dict[str, Any]]]]]:
        for band in bands:
            row = []
            for written in band["panels"]:
                if len(written) != 1:
                    raise BoardError(f"a panel is one kind with its data, got {sorted(written)}")
                kind, data = next(iter(written.items()))
                try:
                    made = self.registry.create_component(kind, {kind: data})
                except UnregisteredComponentError:
                    raise BoardError(f"{kind} is no panel kind of ours") from None
                if not isinstance(made, WbPanel) or type(made) is WbPanel:
                    raise BoardError(f"{kind} is no panel kind of ours")
                panel = made.gen_panel(is_guarded=is_guarded, is_tv=is_tv)
                row.append((int(data["width"]), panel))
            yield int(band["height"]), row


class BoardProject(Project):  # type: ignore[misc]  # the builder is untyped
    """The list of boards and the parameters they share; the kind is `board-project`."""

    def get_dashboards(self) -> list[WbBoard]:
        """Return every board that the project names.

        Raises:
            UnregisteredComponentError: a board is named and written nowhere.
        """
        return [self.registry.get_component(WbBoard, name) for name in self._get_dashboard_names()]


def _placed(
    bands: Iterator[tuple[int, list[tuple[int, dict[str, Any]]]]],
) -> Iterator[dict[str, Any]]:
    """Number the panels and place them: side by side in a band, bands one under the other."""
    number, top = 0, 0
    for height, row in bands:
        left = 0
        for width, panel in row:
            number += 1
            yield {"id": number, "gridPos": {"h": height, "w": width, "x": left, "y": top}, **panel}
            left += width
        if left > WIDTH_MAX:
            raise BoardError(f"a band of {left} columns at row {top}, at most {WIDTH_MAX}")
        top += height


def _desks_of(panels: list[dict[str, Any]]) -> set[str]:
    """The variables with the addresses of the desks that the links lead to."""
    return set(_DESK.findall(json.dumps(panels)))


def expanded(data: Any, look_up: Callable[[str], str]) -> Any:
    """Return the data with every `%(name)s` replaced, in keys of no kind and values of all."""
    if isinstance(data, str):
        return _NAME.sub(lambda found: look_up(found.group(1)), data)
    if isinstance(data, list):
        return [expanded(one, look_up) for one in data]
    if isinstance(data, dict):
        return {key: expanded(value, look_up) for key, value in data.items()}
    return data


def _parameters(context: Context) -> Callable[[str], str]:
    def look_up(name: str) -> str:
        found = context.expand_placeholders("{" + name + "}")
        if not name or found == "{" + name + "}" or not isinstance(found, str | int | float):
            raise BoardError(f"no parameter %({name})s in the project")
        return str(found)

    return look_up


def _other_boards() -> dict[str, Any]:
    return {
        "type": "dashboards",
        "title": "Bảng khác",
        "tags": ["motcua"],
        "asDropdown": True,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }
