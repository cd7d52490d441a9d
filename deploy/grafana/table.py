"""Tables and texts: the kinds whose panel is more than one number."""

from typing import Any

from deploy.grafana.faults import BoardError
from deploy.grafana.kinds import WbPanel
from deploy.grafana.links import desk_link, refuse_unexplained
from deploy.grafana.queries import guarded, target_of
from deploy.grafana.thresholds import step, target, target_steps, wording

_HIDDEN_ALWAYS = {"Time": True, "__name__": True, "job": True, "instance": True}


class WbTable(WbPanel):
    """Rows by label, one column a query; every column may have its unit, target and link."""

    grafana_type = "table"
    own_keys = frozenset({"columns", "labels", "guard", "sort_by"})

    def gen_panel(self, *, is_guarded: bool, is_tv: bool) -> dict[str, Any]:
        """Return the table with its columns merged, ordered and named."""
        if is_tv:
            raise BoardError(f"{self.data.get('title')!r}: no table on a TV board")
        panel = super().gen_panel(is_guarded=is_guarded, is_tv=is_tv)
        labels = dict(self.data["labels"])
        names = {f"Value #{one['refId']}": column for one, column in self._columns(panel)}
        order = {name: place for place, name in enumerate([*labels, *names])}
        panel["transformations"] = [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": _HIDDEN_ALWAYS,
                    "indexByName": order,
                    "renameByName": {**labels, **names},
                },
            },
        ]
        if len(names) == 1:
            # A single query's column is not numbered by Grafana.
            organize = panel["transformations"][1]["options"]
            organize["renameByName"] |= {"Value": next(iter(names.values()))}
        return panel

    def refuse_unexplained(self) -> None:
        """Ask it of every column, where the table as a whole does not say why it opens nothing.

        Raises:
            BoardError: the table or a column answers for nothing, or both for the same.
        """
        if "no-link" in self.data:
            super().refuse_unexplained()
            if said := [
                one["name"] for one in self.data["columns"] if {"link", "no-link"} & {*one}
            ]:
                raise BoardError(f"{self.data.get('title')!r} and {said[0]!r} both say what opens")
            return
        for column in self.data["columns"]:
            refuse_unexplained(column, f"{self.data.get('title')} / {column.get('name')}")

    def _columns(self, panel: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
        named = [self._column_name(column) for column in self.data["columns"]]
        return list(zip(panel["targets"], named, strict=True))

    def _column_name(self, column: dict[str, Any]) -> str:
        name = str(column["name"])
        return f"{name} ({wording(target(column['target']))})" if "target" in column else name

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Return a query a column."""
        is_guarded = bool(self.data.get("guard", is_guarded))
        return [
            target_of(
                number,
                guarded(column["expr"], is_guarded=is_guarded),
                is_instant=True,
                is_table=True,
            )
            for number, column in enumerate(self.data["columns"])
        ]

    def defaults(self) -> dict[str, Any]:
        """Return labels as the words they are (1.4 is no number), and a dash for an empty cell."""
        dash = {"match": "null+nan", "result": {"text": "–", "index": 99}}
        mappings = [{"type": "special", "options": dash}]
        return {**super().defaults(), "unit": "string", "mappings": mappings}

    def overrides(self) -> list[dict[str, Any]]:
        """Return each column's unit, colours and link."""
        return [self._override(column) for column in self.data["columns"]]

    def _override(self, column: dict[str, Any]) -> dict[str, Any]:
        unknown = set(column) - {
            "name",
            "expr",
            "unit",
            "decimals",
            "target",
            "link",
            "no-link",
            "map",
        }
        if unknown:
            raise BoardError(f"column {column.get('name')!r}: no key {', '.join(sorted(unknown))}")
        properties = [{"id": "unit", "value": column.get("unit", "locale")}]
        if "decimals" in column:
            properties.append({"id": "decimals", "value": column["decimals"]})
        if "target" in column:
            steps = {"mode": "absolute", "steps": target_steps(target(column["target"]))}
            properties += [
                {"id": "thresholds", "value": steps},
                {"id": "custom.cellOptions", "value": {"type": "color-text"}},
            ]
        if "map" in column:
            words = [{"type": "value", "options": _words(column["map"])}]
            properties += [
                {"id": "mappings", "value": words},
                {"id": "custom.cellOptions", "value": {"type": "color-text"}},
            ]
        if "link" in column:
            properties.append({"id": "links", "value": [desk_link(column["link"])]})
        return _by_name(self._column_name(column), properties)

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return a table sorted by the named column, greatest first."""
        del is_tv
        by = self.data.get("sort_by")
        return {
            "showHeader": True,
            "cellHeight": "sm",
            "sortBy": [{"displayName": by, "desc": True}] if by else [],
        }


class WbText(WbPanel):
    """Words: what the board shows and how its numbers come about."""

    grafana_type = "text"
    own_keys = frozenset({"content"})

    def refuse_unexplained(self) -> None:
        """Words count nothing."""

    def targets(self, *, is_guarded: bool) -> list[dict[str, Any]]:
        """Return no query."""
        del is_guarded
        return []

    def options(self, *, is_tv: bool) -> dict[str, Any]:
        """Return Markdown, without any HTML."""
        del is_tv
        return {"mode": "markdown", "content": str(self.data["content"]).strip()}


def _words(written: dict[Any, Any]) -> dict[str, Any]:
    """Return values with a word and a colour: `{1: [Đạt, green], 0: [Chưa đạt, red]}`."""
    return {
        str(value): {"text": text, "color": step(colour, None)["color"], "index": index}
        for index, (value, (text, colour)) in enumerate(written.items())
    }


def _by_name(name: str, properties: list[dict[str, Any]]) -> dict[str, Any]:
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}
