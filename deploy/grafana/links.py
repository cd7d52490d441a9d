"""A number's link: to exactly what it counts, on the desk that lists it; or why there is none."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from deploy.grafana.faults import BoardError

REASON_WORDS_MIN = 3
_COUNTS = frozenset({
    "received", "closed", "early", "on_time", "late", "unknown", "open", "not_due", "due_soon",
    "overdue", "long_overdue", "paused", "explanation_owed", "apology_owed",
})  # fmt: skip
_ASKED = {
    "agency": {
        "label": "co-quan=${__field.labels.agency}",
        "column": "co-quan=${__data.fields.agency}",
        "variable": "co-quan=${agency}",
    },
    # The desk knows which month, quarter and year are current, by the clock of its numbers.
    "period": {"quarter": "ky=quarter", "year": "ky=year", "variable": "ky=${period}"},
    "field": {"column": "linh-vuc=${__data.fields.field}"},
    "level": {
        "department": "cap=department", "commune": "cap=commune", "variable": "cap=${level}",
        "column": "cap=${__data.fields.level}",
    },
    "channel": {
        "online": "kenh=online", "postal": "kenh=postal",
        "label": "kenh=${__field.labels.channel}",
    },
}  # fmt: skip


class Page(Struct, frozen=True):
    """A page of a desk: the variable with the desk's address, the link's title, what narrows it."""

    desk: str
    title: str
    address: Callable[[str], tuple[str, str]]
    may_ask: frozenset[str] = frozenset()


def desk_link(written: dict[str, Any]) -> dict[str, Any]:
    """Return the data link to exactly what a number counts.

    One of `_PAGES` with what of it: `count: overdue`, `indicator: "5.4"` (or `label`, `column`),
    `page: scores`, `petitions: open` (or a stage), `parcels`, `alerts`, `rejects`.
    `label` is the series' own label, `column` a table's; `agency`, `field`, `level`, `channel` and
    `period` narrow it. Without an agency it is the whole province; without a period the desk takes
    the current month.

    Raises:
        BoardError: the desk does not know it, or the page cannot be narrowed so.
    """
    named = [key for key in _PAGES if key in written]
    if len(named) != 1:
        raise BoardError(f"link: one of {', '.join(_PAGES)}; got {sorted(written)}")
    page = _PAGES[named[0]]
    narrowing = [key for key in written if key != named[0]]
    if unknown := sorted(set(narrowing) - page.may_ask):
        raise BoardError(f"link to {named[0]}: it cannot be narrowed by {', '.join(unknown)}")
    path, first = page.address(str(written[named[0]]))
    asked = [first, *(_asked(key, str(written[key])) for key in _ASKED if key in narrowing)]
    query = "&".join(filter(None, asked))
    return {
        "title": page.title,
        "url": f"${{{page.desk}:raw}}/{path}{'?' if query else ''}{query}",
        "targetBlank": True,
    }


def refuse_unexplained(written: Mapping[str, Any], name: str) -> None:
    """Refuse a panel or column that neither opens a list nor says why it opens none.

    Raises:
        BoardError: neither, both, or a reason that is none.
    """
    if ("link" in written) == ("no-link" in written):
        raise BoardError(f"{name!r}: either a link, or no-link with its reason")
    reason = str(written.get("no-link", ""))
    if "no-link" in written and len(reason.split()) < REASON_WORDS_MIN:
        raise BoardError(f"{name!r}: no-link needs a reason of a few words, got {reason!r}")


def _count(name: str) -> tuple[str, str]:
    if name == "label":
        return "ho-so", "chi-so=${__field.labels.timeliness}"
    if name not in _COUNTS:
        raise BoardError(f"link to {name!r}: the desk knows {', '.join(sorted(_COUNTS))}")
    return "ho-so", f"chi-so={name}"


def _indicator(name: str) -> tuple[str, str]:
    values = {"label": "${__field.labels.indicator}", "column": "${__data.fields.indicator}"}
    return f"chi-so/{values.get(name, name)}", ""


def _one_of(key: str, places: Mapping[str, tuple[str, str]]) -> Callable[[str], tuple[str, str]]:
    def address(name: str) -> tuple[str, str]:
        if name not in places:
            raise BoardError(f"link to {key} {name!r}: the desk knows {', '.join(places)}")
        return places[name]

    return address


_SCORES = {
    "scores": ("diem", ""),
    "unit": ("diem/${agency}", ""),
    "unit_of_column": ("diem/${__data.fields.agency}", ""),
}
_PETITIONS = {"open": ("phan-anh", ""), "overdue": ("phan-anh", "tinh-trang=overdue")}
_PARCELS = {
    "open": ("", ""),
    "label": ("", "chang=${__field.labels.leg}&tinh-trang=${__field.labels.state}"),
    "column": ("", "tinh-trang=${__data.fields.state}"),
}
_ALERTS = {
    "open": ("", ""),
    "untaken": ("", "tiep-nhan=chua"),
    "column": ("", "muc=${__data.fields.stage}"),
}
_REJECTS = {"column": ("", "nguon=${__data.fields.source}&ly-do=${__data.fields.reason}")}
_PAGES: Mapping[str, Page] = {
    "count": Page("desk", "Mở danh sách hồ sơ", _count, frozenset(_ASKED)),
    "indicator": Page(
        "desk", "Mở danh sách của chỉ số", _indicator, frozenset({"agency", "level", "period"})
    ),
    "page": Page(
        "desk", "Mở trang chấm điểm", _one_of("page", _SCORES), frozenset({"level", "period"})
    ),
    "petitions": Page(
        "desk", "Mở danh sách phản ánh", _one_of("petitions", _PETITIONS), frozenset({"agency"})
    ),
    "parcels": Page(
        "desk_postal_gateway", "Mở danh sách bưu gửi", _one_of("parcels", _PARCELS),
        frozenset({"agency"}),
    ),
    "alerts": Page(
        "desk_notifier", "Mở danh sách cảnh báo", _one_of("alerts", _ALERTS),
        frozenset({"agency"}),
    ),
    "rejects": Page("desk_intake", "Mở sự kiện bị từ chối", _one_of("rejects", _REJECTS)),
}  # fmt: skip


def _asked(key: str, name: str) -> str:
    values = _ASKED[key]
    if name not in values:
        raise BoardError(f"link: {key} from {name!r}; known: {', '.join(values)}")
    return values[name]
