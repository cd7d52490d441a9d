"""The variables a board may have. Their names are what `$name` in a query refers to."""

from collections.abc import Collection
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

_URL = r'/url="(?<value>[^"]+)"/'
# Where scoring was not told of the desks, its own address is what `motcua init` wrote down.
_SCORING = 'max by (url) (dvc_desk_info{service="scoring"}) or on () dvc:desk:info'

VARIABLES: dict[str, dict[str, Any]] = {
    # Where a desk is, as a browser sees it: scoring tells of all four (its setting `desks`).
    "desk": _query(
        "desk", "Trang chấm điểm", f"query_result({_SCORING})", regex=_URL, hide=_HIDDEN
    ),
    **{
        f"desk_{service}": _query(
            f"desk_{service}", label, f'label_values(dvc_desk_info{{service="{service}"}}, url)',
            hide=_HIDDEN,
        )
        for service, label in (
            ("intake", "Bàn tiếp nhận"), ("notifier", "Bàn cảnh báo"),
            ("postal_gateway", "Bàn bưu chính"),
        )
    },
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


def variables(names: list[str], desks: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the variables of a board: the `desks` that its links lead to, and its own.

    Raises:
        BoardError: there is no such variable.
    """
    unknown = [name for name in names if name not in VARIABLES]
    if unknown:
        raise BoardError(f"no variable {', '.join(unknown)}; known: {', '.join(VARIABLES)}")
    return [VARIABLES[name] for name in dict.fromkeys([*sorted(desks), *names])]
