"""Everything that happened to one subject's alerts, in order: what the desk shows of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.notifier.domain.endings import Because
from services.notifier.domain.records import AlertRecord, Delivery
from services.notifier.domain.rules import AlertRules
from services.notifier.domain.telling import Outcome
from services.notifier.views import BECAUSE_VI
from shared.calendar.civil_time import instant_of
from shared.desk.formats import moment

Step = tuple[str, str, str, str]
OUTCOME_VI: Final = {
    Outcome.CLAIMED: ("Đang gửi", "idle"),
    Outcome.SENT: ("Đã gửi", "good"),
    Outcome.CONFIRMED: ("Đã tới nơi", "good"),
    Outcome.FAILED: ("Gửi không được, sẽ gửi lại", "bad"),
    Outcome.UNKNOWN: ("Chưa rõ đã tới chưa, sẽ nhắc lại", "warn"),
}


def occasion_vi(name: str) -> str:
    """Why something was told, in words."""
    kind, _, number = name.partition("-")
    words = {
        "raised": "báo lần đầu", "level": f"chuyển lên cấp {number}",
        "reminded": "nhắc lại vì chưa xong", "repeat": "nhắc lại vì chưa ai tiếp nhận",
    }  # fmt: skip
    return words.get(kind, name)


def history_steps(
    records: Sequence[AlertRecord], rules: AlertRules, people: Mapping[str, str] | None = None
) -> list[Step]:
    """(when, what, more, tone) of everything; `people` gives names by id where there are any."""
    steps: list[tuple[int, Step]] = []
    for record in sorted(records, key=lambda one: one.since):
        steps += _life(record, rules.name_vi(record.stage))
        steps += [(told.at, _told(told, people or {})) for told in record.deliveries]
    return [step for _, step in sorted(steps, key=lambda pair: pair[0])]


def _life(record: AlertRecord, name: str) -> list[tuple[int, Step]]:
    since = f"đúng từ {moment(instant_of(record.since))}"
    found = [_step(record.raised_at, f"Cảnh báo: {name}", since, "bad")]
    found += [_step(one.at, f"{one.by} tiếp nhận", one.reason, "warn") for one in record.taken]
    found += [_step(at, f"Nhắc lại: {name}", "đã tiếp nhận mà chưa xong", "bad")
              for at in record.reminded]  # fmt: skip
    found += [_step(at, f"Chuyển lên cấp {level}", "chưa ai tiếp nhận", "bad")
              for level, at in record.escalated]  # fmt: skip
    if record.quiet is not None:
        quiet = record.quiet
        until = f"đến {moment(instant_of(quiet.until))}: {quiet.reason}"
        found.append(_step(quiet.at, f"{quiet.by} tắt tiếng", until, "idle"))
    if record.resolved_at is not None:
        why = BECAUSE_VI.get(Because(record.because), record.because)
        found.append(_step(record.resolved_at, f"Hết: {name}", why, "good"))
    return found


def _step(at: int, what: str, more: str, tone: str) -> tuple[int, Step]:
    return at, (moment(instant_of(at)), what, more, tone)


def _told(told: Delivery, people: Mapping[str, str]) -> Step:
    what, tone = OUTCOME_VI.get(Outcome(told.outcome), (told.outcome, "idle"))
    times = "" if told.attempt == 1 else f", lần {told.attempt}"
    who = people.get(told.recipient) or told.recipient
    more = f"{occasion_vi(told.occasion)}, tới {who}, kênh {told.channel}{times}"
    return moment(instant_of(told.at)), what, more, tone
