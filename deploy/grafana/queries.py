"""A panel's queries: the stale guard around every business number, and links to its dossiers."""

from typing import Any

from deploy.grafana.faults import BoardError
from deploy.grafana.variables import DATASOURCE

# 900 s: DataStale fires from there on (deploy/prometheus/rules/alerts.yml).
FRESH = "(dvc:data_age:seconds < 900)"
NO_DATA = "KHÔNG CÓ DỮ LIỆU"
_SORTS = {"desc": "sort_desc", "asc": "sort"}
_QUARTER, _YEAR = "&ky=${__to:date:YYYY}-Q${__to:date:Q}", "&ky=${__to:date:YYYY}"
_COUNTS = frozenset({
    "received", "closed", "early", "on_time", "late", "open", "not_due", "due_soon", "overdue",
    "paused",
})  # fmt: skip


def guarded(expression: str, *, is_guarded: bool, sort: str = "") -> str:
    """Return the query as Prometheus gets it; a guarded one is empty while data is stale."""
    text = " ".join(expression.split())
    if is_guarded:
        text = f"({text}) and on () {FRESH}"
    return f"{_SORTS[sort]}({text})" if sort else text


def target_of(
    number: int, expression: str, *, legend: str = "", is_instant: bool, is_table: bool = False
) -> dict[str, Any]:
    """Return one query of a panel, refId A to Z by its number."""
    found: dict[str, Any] = {
        "refId": chr(ord("A") + number),
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": expression,
        "instant": is_instant,
        "range": not is_instant,
    }
    if legend:
        found["legendFormat"] = legend
    if is_table:
        found["format"] = "table"
    return found


def desk_link(written: dict[str, Any]) -> dict[str, Any]:
    """Return the data link to exactly the dossiers that a number counts, on scoring's desk.

    `count`: what is counted; `agency`: `label` (the series' own), `column` (of a table) or
    `variable`; without it the whole province. `period`: `quarter` or `year` of the board's last
    instant; without it the desk takes the current month.

    Raises:
        BoardError: a count the desk does not know, or an agency from nowhere.
    """
    count = str(written.get("count", ""))
    if count not in _COUNTS:
        raise BoardError(f"link to {count!r}: the desk knows {', '.join(sorted(_COUNTS))}")
    agencies = {
        "label": "&co-quan=${__field.labels.agency}",
        "column": "&co-quan=${__data.fields.agency}",
        "variable": "&co-quan=${agency}",
        "": "",
    }
    agency = str(written.get("agency", ""))
    if agency not in agencies:
        raise BoardError(f"link: agency from {agency!r}")
    period = {"quarter": _QUARTER, "year": _YEAR}.get(str(written.get("period", "")), "")
    field = "&linh-vuc=${field}" if written.get("field") == "variable" else ""
    return {
        "title": "Mở danh sách hồ sơ",
        "url": f"${{desk:raw}}/ho-so?chi-so={count}{agencies[agency]}{period}{field}",
        "targetBlank": True,
    }
