"""Whether and how an alert is told on a channel, and the words of one message. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum, unique
from typing import Final

from msgspec import Struct

from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from shared.calendar.civil_time import HO_CHI_MINH, instant_of

WORST_COUNT: Final = 10
_BACK_OFF_SECONDS: Final = 30
_BACK_OFF_SECONDS_MAX: Final = 3600


@unique
class Outcome(StrEnum):
    """The states of one telling; those but `claimed` are also metric labels."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"  # the channel said no: nobody was told
    UNKNOWN = "unknown"  # no answer: it may have been told


@unique
class Telling(StrEnum):
    """Why an alert goes into a message now, or does not."""

    FIRST = "first"
    RETRY = "retry"
    REPEAT = "repeat"  # it may have been told before: labelled so
    ALREADY_TOLD = "already_told"
    UNDER_WAY = "under_way"
    BACKING_OFF = "backing_off"


class Timing(Struct, frozen=True, kw_only=True):
    """Seconds. A claim older than `stale` belongs to a copy that died at it."""

    stale: int = 300
    repeat_after: int = 900


def telling(record: AlertRecord, channel: str, now: int, timing: Timing) -> Telling:
    """Whether to tell an open alert on `channel` at `now`, and why."""
    told = record.delivery(channel)
    if told is None:
        return Telling.FIRST
    age = now - told.at
    match told.outcome:
        case Outcome.FAILED:
            wait = min(_BACK_OFF_SECONDS * 2 ** min(told.attempt - 1, 10), _BACK_OFF_SECONDS_MAX)
            return Telling.RETRY if age >= wait else Telling.BACKING_OFF
        case Outcome.UNKNOWN:
            return Telling.REPEAT if age >= timing.repeat_after else Telling.BACKING_OFF
        case Outcome.CLAIMED:
            return Telling.REPEAT if age >= timing.stale else Telling.UNDER_WAY
        case _:
            return Telling.ALREADY_TOLD


class Message(Struct, frozen=True):
    """What a channel sends: no name, address or phone number of anybody."""

    title: str
    body: str


def worst(records: Sequence[AlertRecord], rules: AlertRules) -> list[AlertRecord]:
    """The worst ten: by severity, then the longest true."""
    return sorted(records, key=lambda r: (-_order(r, rules), r.since, r.dossier))[:WORST_COUNT]


def digest(
    records: Sequence[AlertRecord],
    now: int,
    rules: AlertRules,
    *,
    agencies: Mapping[str, str],
    is_repeat: bool = False,
) -> Message:
    """One message for all of them: counts by stage and agency, the worst ten, what to do."""
    label = "[Nhắc lại] " if is_repeat else ""
    stages = Counter(record.stage for record in records)
    head = ", ".join(f"{n} {rules.name_vi(s).lower()}" for s, n in stages.most_common())
    lines = []
    if is_repeat:
        lines += ["Nhắc lại: không rõ lần báo trước đã tới nơi chưa.", ""]
    by_agency = Counter(record.agency for record in records).most_common()
    lines += [f"{agencies.get(code, code)}: {count}" for code, count in by_agency[:WORST_COUNT]]
    if len(by_agency) > WORST_COUNT:
        rest = sum(count for _, count in by_agency[WORST_COUNT:])
        lines.append(f"{len(by_agency) - WORST_COUNT} cơ quan khác: {rest}")
    chosen = worst(records, rules)
    lines += ["", "Nặng nhất:" if len(records) > len(chosen) else "Danh sách:"]
    lines += [_line(record, now, agencies) for record in chosen]
    if len(records) > len(chosen):
        lines.append(f"… và {len(records) - len(chosen)} cảnh báo khác trên bàn Cảnh báo.")
    known = [rules.by_code[stage] for stage in stages if stage in rules.by_code]
    lines += ["", *(f"{stage.name_vi}: {stage.do_vi}" for stage in known)]
    return Message(f"{label}Một Cửa: {head}", "\n".join(lines))


def _line(record: AlertRecord, now: int, agencies: Mapping[str, str]) -> str:
    due = record.since if record.due is None else record.due
    local = instant_of(due).astimezone(HO_CHI_MINH)
    days, hours = divmod(max(now - due, 0) // 3600, 24)
    late = f"{days} ngày {hours} giờ" if days else f"{hours} giờ" if hours else "dưới 1 giờ"
    name = agencies.get(record.agency, record.agency)
    return f"- {record.dossier} ({name}), hẹn trả {local:%d/%m/%Y %H:%M}, đã quá {late}"


def _order(record: AlertRecord, rules: AlertRules) -> int:
    stage = rules.by_code.get(record.stage)
    return stage.order if stage else 0
