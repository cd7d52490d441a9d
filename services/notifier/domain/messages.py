"""The words of one message: counts by stage and agency, the worst ten, what to do. Pure.

No name, address or phone number of anybody: codes, agencies and times only.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from shared.calendar.civil_time import HO_CHI_MINH, instant_of

WORST_COUNT: Final = 10


class Item(Struct, frozen=True):
    """One alert as a program reads it beside the text."""

    alert_id: str
    stage: str
    agency: str
    subject: str
    since: int


class Message(Struct, frozen=True):
    """What a channel sends. `key` is the same for the same message, whoever sends it again."""

    title: str
    body: str
    key: str = ""
    count: int = 0
    worst: tuple[Item, ...] = ()
    is_repeat: bool = False  # nobody knows whether it was told before


def worst(records: Sequence[AlertRecord], rules: AlertRules) -> list[AlertRecord]:
    """The worst ten subjects, each by its gravest alert: by severity, then the longest true."""
    ordered = sorted(records, key=lambda r: (-_order(r, rules), r.since, r.dossier))
    gravest: dict[str, AlertRecord] = {}
    for record in ordered:
        gravest.setdefault(record.key, record)
    return list(gravest.values())[:WORST_COUNT]


def digest(
    records: Sequence[AlertRecord],
    now: int,
    rules: AlertRules,
    *,
    agencies: Mapping[str, str],
    is_repeat: bool = False,
    is_again: bool = False,
    desk_url: str = "",
    key: str = "",
) -> Message:
    """One message for all of them.

    `is_repeat`: it may have been told before, because a channel gave no answer. `is_again`: it
    was told, taken on by nobody or not finished, and waits still.
    """
    label = "[Nhắc lại] " if is_repeat or is_again else ""
    stages = Counter(record.stage for record in records)
    head = ", ".join(f"{n} {_small(rules.name_vi(s))}" for s, n in stages.most_common())
    lines = []
    if is_repeat:
        lines += ["Nhắc lại: không rõ lần báo trước đã tới nơi chưa.", ""]
    elif is_again:
        lines += ["Nhắc lại: đã báo trước đây mà vẫn chưa xong.", ""]
    lines += _counts(records, agencies)
    chosen = worst(records, rules)
    lines += ["", "Nặng nhất:" if len(records) > len(chosen) else "Danh sách:"]
    lines += [_line(record, now, rules, agencies) for record in chosen]
    if len(records) > len(chosen):
        lines.append(f"… và {len(records) - len(chosen)} cảnh báo khác trên bàn Cảnh báo.")
    known = [rules.by_code[stage] for stage in stages if stage in rules.by_code]
    lines += ["", *(f"{stage.name_vi}: {stage.do_vi}" for stage in known)]
    if desk_url:
        lines += ["", f"Bàn Cảnh báo: {desk_url}"]
    items = tuple(Item(r.alert_id, r.stage, r.agency, r.dossier, r.since) for r in chosen)
    return Message(f"{label}Một Cửa: {head}", "\n".join(lines), key, len(records), items, is_repeat)


def _counts(records: Sequence[AlertRecord], agencies: Mapping[str, str]) -> list[str]:
    by_agency = Counter(record.agency for record in records).most_common()
    lines = [f"{agencies.get(code, code)}: {count}" for code, count in by_agency[:WORST_COUNT]]
    if len(by_agency) > WORST_COUNT:
        rest = sum(count for _, count in by_agency[WORST_COUNT:])
        lines.append(f"{len(by_agency) - WORST_COUNT} cơ quan khác: {rest}")
    return lines


def _small(name: str) -> str:
    """The name inside a sentence; an abbreviation keeps its letters."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _line(record: AlertRecord, now: int, rules: AlertRules, agencies: Mapping[str, str]) -> str:
    name = agencies.get(record.agency, record.agency)
    stage = rules.name_vi(record.stage)
    if record.due is None:
        since = instant_of(record.since).astimezone(HO_CHI_MINH)
        said = f"từ {since:%d/%m/%Y %H:%M}, đã {_span(now - record.since)}"
    else:
        due = instant_of(record.due).astimezone(HO_CHI_MINH)
        left = record.due - now
        said = f"hạn {due:%d/%m/%Y %H:%M}, " + (
            f"còn {_span(left)}" if left >= 0 else f"đã quá {_span(-left)}"
        )
    return f"- {record.dossier} ({name}): {_small(stage)}, {said}"


def _span(seconds: int) -> str:
    days, hours = divmod(max(seconds, 0) // 3600, 24)
    return f"{days} ngày {hours} giờ" if days else f"{hours} giờ" if hours else "dưới 1 giờ"


def _order(record: AlertRecord, rules: AlertRules) -> int:
    stage = rules.by_code.get(record.stage)
    return stage.order if stage else 0
