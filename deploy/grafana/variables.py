"""The variables a board may have. Their names are what `$name` in a query refers to."""

from typing import Any

from deploy.grafana.faults import BoardError

DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
_HIDDEN = 2


def _query(name: str, label: str, query: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": f"variable-{name}"},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "options": [],
        "current": {"text": "", "value": ""},
        "regex": "",
        "skipUrlSync": False,
        **more,
    }


def _custom(name: str, label: str, choices: dict[str, str]) -> dict[str, Any]:
    options = [
        {"text": text, "value": value, "selected": number == 0}
        for number, (text, value) in enumerate(choices.items())
    ]
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ", ".join(f"{text} : {value}" for text, value in choices.items()),
        "options": options,
        "current": {"text": options[0]["text"], "value": options[0]["value"], "selected": True},
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "skipUrlSync": False,
    }


_NAMED_AGENCY = r'/agency="(?<value>[^"]+)".*short_name="(?<text>[^"]+)"/'
_NAMED_FIELD = r'/field="(?<value>[^"]+)".*name="(?<text>[^"]+)"/'

VARIABLES: dict[str, dict[str, Any]] = {
    # Where scoring's desk is, as a browser sees it: deploy/prometheus, written by `motcua init`.
    "desk": _query("desk", "Trang chấm điểm", "label_values(dvc:desk:info, url)", hide=_HIDDEN),
    "agency": _query(
        "agency", "Cơ quan", "query_result(dvc:agency:info)", regex=_NAMED_AGENCY
    ),
    "field": _query(
        "field", "Lĩnh vực", "query_result(max by (field, name) (dvc_field_info))",
        regex=_NAMED_FIELD, includeAll=True, allValue=".*",
        current={"text": "All", "value": "$__all", "selected": True},
    ),
    "source": _query(
        "source", "Nguồn", "label_values(dvc_source_last_event_timestamp_seconds, source)",
        includeAll=True, allValue=".*",
        current={"text": "All", "value": "$__all", "selected": True},
    ),
    "level": _custom("level", "Cấp", {"Sở ngành": "department", "Xã phường": "commune"}),
    "period": _custom("period", "Kỳ", {"Tháng": "month", "Quý": "quarter", "Năm": "year"}),
}  # fmt: skip


def variables(names: list[str]) -> list[dict[str, Any]]:
    """Return the variables of a board, `desk` always among them.

    Raises:
        BoardError: there is no such variable.
    """
    unknown = [name for name in names if name not in VARIABLES]
    if unknown:
        raise BoardError(f"no variable {', '.join(unknown)}; known: {', '.join(VARIABLES)}")
    return [VARIABLES[name] for name in ["desk", *(one for one in names if one != "desk")]]
