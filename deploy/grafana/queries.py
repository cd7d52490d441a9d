"""A panel's queries: the stale guard around every business number, and links to its dossiers."""

from typing import Any

from deploy.grafana.faults import BoardError
from deploy.grafana.variables import DATASOURCE

# 900 s: DataStale fires from there on (deploy/prometheus/rules/alerts.yml).
FRESH = "(dvc:data_age:seconds < 900)"
NO_DATA = "KHÔNG CÓ DỮ LIỆU"
_SORTS = {"desc": "sort_desc", "asc": "sort"}
_ASKED = {
    "agency": {
        "label": "co-quan=${__field.labels.agency}",
        "column": "co-quan=${__data.fields.agency}",
        "variable": "co-quan=${agency}",
    },
    "period": {
        "quarter": "ky=${__to:date:YYYY}-Q${__to:date:Q}",
        "year": "ky=${__to:date:YYYY}",
        "variable": "ky=${period}",  # month, quarter, year: the desk knows which is current
    },
    "field": {"variable": "linh-vuc=${field}", "column": "linh-vuc=${__data.fields.field}"},
}
_COUNTS = frozenset({
    "received", "closed", "early", "on_time", "late", "open", "not_due", "due_soon", "overdue",
    "long_overdue", "paused",
})  # fmt: skip


def guarded(expression: str, *, is_guarded: bool, sort: str = "") -> str:
    """Return the query as Prometheus gets it; a guarded one is empty while data is stale."""
    text = " ".join(expression.split())
    if is_guarded:
        text = f"({text}) and on () {FRESH}"
    return f"{_SORTS[sort]}({text})" if sort else text


def or_nothing(expression: str) -> str:
    """Return a query of one number that answers NaN where there is none.

    Grafana takes the name of a number from its series: without one the wall would say KHÔNG CÓ DỮ
    LIỆU and not of what.
    """
    return f"({expression}) or on () vector(NaN)"


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
    """Return the data link to exactly what a number counts, on scoring's desk.

    One of `count` (what is counted; `label`: the series' own timeliness), `indicator` (its number,
    or `label`, `column`) or `page` (`scores` of all units, `unit` of one). `agency`: `label` (the
    series' own), `column` (of a table) or `variable`; without it the whole province. `period`:
    `quarter` or `year` of the board's last instant, or `variable`; without it the desk takes the
    current month. `channel`: one channel, or `label`. `field`: `variable` or `column`.

    Raises:
        BoardError: a count or page the desk does not know, or an agency from nowhere.
    """
    unknown = sorted(set(written) - {"agency", "channel", "field", "period", *_TARGETS})
    named = [key for key in _TARGETS if key in written]
    if unknown or len(named) != 1:
        raise BoardError(f"link: one of {', '.join(_TARGETS)}, and no {', '.join(unknown)}")
    path, first = _TARGETS[named[0]](str(written[named[0]]))
    asked = [
        first,
        *(
            _asked(key, str(written[key]))
            for key in ("agency", "period", "field")
            if key in written
        ),
    ]
    if "channel" in written:
        from_label = written["channel"] == "label"
        asked.append(f"kenh={'${__field.labels.channel}' if from_label else written['channel']}")
    return {
        "title": "Mở trang chấm điểm" if named == ["page"] else "Mở danh sách hồ sơ",
        "url": f"${{desk:raw}}/{path}?{'&'.join(filter(None, asked))}".rstrip("?"),
        "targetBlank": True,
    }


def _count(name: str) -> tuple[str, str]:
    if name == "label":
        return "ho-so", "chi-so=${__field.labels.timeliness}"
    if name not in _COUNTS:
        raise BoardError(f"link to {name!r}: the desk knows {', '.join(sorted(_COUNTS))}")
    return "ho-so", f"chi-so={name}"


def _indicator(name: str) -> tuple[str, str]:
    values = {"label": "${__field.labels.indicator}", "column": "${__data.fields.indicator}"}
    return f"chi-so/{values.get(name, name)}", ""


def _page(name: str) -> tuple[str, str]:
    pages = {
        "scores": "diem",
        "unit": "diem/${agency}",
        "unit_of_column": "diem/${__data.fields.agency}",
    }
    if name not in pages:
        raise BoardError(f"link to page {name!r}: the desk knows {', '.join(pages)}")
    return pages[name], ""


_TARGETS = {"count": _count, "indicator": _indicator, "page": _page}


def _asked(key: str, name: str) -> str:
    values = _ASKED[key]
    if name not in values:
        raise BoardError(f"link: {key} from {name!r}; known: {', '.join(values)}")
    return values[name]
