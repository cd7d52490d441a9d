"""A panel's queries, with the stale guard around every business number."""

from typing import Any

from deploy.grafana.variables import DATASOURCE

# 900 s: DataStale fires from there on (deploy/prometheus/rules/alerts.yml).
FRESH = "(dvc:data_age:seconds < 900)"
NO_DATA = "KHÔNG CÓ DỮ LIỆU"
_SORTS = {"desc": "sort_desc", "asc": "sort"}


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
