"""What the operator sees: progress on stderr, the result on stdout."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta, timezone
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.intake.sources.table.cells import Tally
from shared.events.envelope import Fact

from .rejects import Refused
from .sending import Outcome
from .submissions import Submission

_HO_CHI_MINH: Final = timezone(timedelta(hours=7))
_OUTCOMES_VI = {
    Outcome.ACCEPTED: "đã ghi nhận",
    Outcome.DUPLICATE: "đã có từ trước",
    Outcome.CONFLICT: "mâu thuẫn",
    Outcome.REJECTED: "bị từ chối",
}
_REFUSED_SHOWN_MAX = 10


class Bars:
    """Two bars: rows read, rows sent (a row counts when all its events have an answer)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._read = progress.add_task("Đọc", total=None, note="")
        self._sent = progress.add_task("Gửi", total=None, note="")
        self._rows_read = 0
        self._events = 0

    def on_row(self, count: int) -> None:
        """Show how many rows have been read."""
        self._rows_read = count
        self._progress.update(self._read, completed=count)

    def reading_done(self) -> None:
        """Show that the number of rows is now known."""
        self._progress.update(self._read, total=self._rows_read)
        self._progress.update(self._sent, total=self._rows_read)

    def on_sent(self, rows: int, events: int) -> None:
        """Show that a batch was answered."""
        self._events += events
        self._progress.update(self._sent, advance=rows)
        speed = self._progress.tasks[self._sent].speed
        rate = f" · {_number(round(speed))} dòng/s" if speed else ""
        self._progress.update(self._sent, note=f"{_number(self._events)} sự kiện{rate}")

    def on_wait(self, why: str, seconds: float) -> None:
        """Show that intake asked for patience."""
        note = f"[yellow]chờ {seconds:.0f} s ({escape(why)})[/]"
        self._progress.update(self._sent, note=note)


@contextmanager
def bars(console: Console) -> Iterator[Bars]:
    """Show the bars while sending; on something that is no terminal, only their last state."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)


def show_mapped(console: Console, submissions: Sequence[Submission]) -> None:
    """Show submissions as a table, one line per event."""
    table = Table("Dòng", "Hồ sơ", "Sự kiện", "Thời điểm", "Nội dung", title="Các dòng đầu")
    for item in submissions:
        at = f"{item.fact.time.astimezone(_HO_CHI_MINH):%d/%m/%Y %H:%M:%S}" if item.fact else ""
        content = _content(item.fact) if item.fact else item.body.decode(errors="replace")
        table.add_row(
            _row_list(item.rows), escape(item.subject), escape(item.type), at, escape(content)
        )
    console.print(table)


def show_tally(console: Console, tally: Tally) -> None:
    """Show how the values of every table were mapped, in dossiers."""
    if not tally.counts:
        return
    table = Table("Trường", "Trong tệp", "Ghi nhận là", "Hồ sơ", title="Bảng quy đổi đã dùng")
    for (name, written, recorded), count in sorted(
        tally.counts.items(), key=lambda pair: (pair[0][0], -pair[1], pair[0])
    ):
        known = "" if (name, written) not in tally.unknown else " [yellow](chưa có trong bảng)[/]"
        table.add_row(name, escape(written), f"{escape(recorded)}{known}", _number(count))
    console.print(table)


def show_refused(console: Console, refused: Sequence[Refused], path: Path | None) -> None:
    """Show the most frequent reasons, and where all of them stand."""
    reasons = Counter((line.code, line.reason, line.detail) for line in refused)
    for (code, reason, detail), count in reasons.most_common(_REFUSED_SHOWN_MAX):
        more = f": {detail}" if detail else ""
        console.print(f"  {_number(count)} × {escape(reason)} [dim]({code})[/]{escape(more)}")
    if path is not None:
        console.print(f"Chi tiết từng dòng: [bold]{escape(str(path))}[/]")


def show_result(
    say: Callable[[str], None], rows: int, outcomes: Counter[Outcome], seconds: float
) -> None:
    """Say the counts, in words and in one line that a script can read."""
    words = ", ".join(f"{_number(outcomes[one])} {text}" for one, text in _OUTCOMES_VI.items())
    say(f"{_number(rows)} dòng trong {seconds:.1f} s: {words}")
    say(" ".join(f"{one.value}={outcomes[one]}" for one in Outcome))


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _content(fact: Fact) -> str:
    fields = msgspec.to_builtins(fact.data)
    return ", ".join(
        f"{name}={value}" for name, value in fields.items() if name != "type" and value is not None
    )


def _row_list(rows: Sequence[int]) -> str:
    text = ", ".join(map(str, rows[:4]))
    return f"{text}, … ({len(rows)})" if len(rows) > 4 else text  # noqa: PLR2004 - as many as fit
