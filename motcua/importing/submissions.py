"""What the file has to say, ready to send: bytes that stay the same at every attempt."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from services.intake.sources.table.cells import Tally
from services.intake.sources.table.gathering import Row
from services.intake.sources.table.mapping import RowReject, Said, facts_with_rows
from services.intake.sources.table.plan import TableMapping
from services.intake.sources.table.readers import events_of, rows_of
from shared.errors import RejectReason
from shared.events.envelope import Fact, encoded


class Submission(NamedTuple):
    """One event on its way: where it came from in the file, and its very bytes."""

    rows: tuple[int, ...]
    id: str
    type: str
    subject: str
    body: bytes
    fact: Fact | None = None


class _Head(Struct):
    """As much of a CloudEvent as the import needs to speak about it."""

    id: str = ""
    type: str = ""
    subject: str = ""


def from_table(
    path: Path,
    mapping: TableMapping,
    *,
    source: str,
    tally: Tally,
    on_row: Callable[[int], None],
    only_first: int | None = None,
) -> Iterator[Submission | RowReject]:
    """Yield what a table says. All rows are read before the first submission.

    `on_row` is called with how many rows have been read so far. `only_first` stops reading there.
    """

    def counted() -> Iterator[Row]:
        for count, row in enumerate(rows_of(path, mapping), start=1):
            if only_first is not None and count > only_first:
                return
            on_row(count)
            yield row

    for item in facts_with_rows(counted(), mapping, source=source, tally=tally):
        if isinstance(item, Said):
            fact = item.fact
            yield Submission(item.rows, fact.id, fact.type, fact.subject, encoded(fact), fact)
        else:
            yield item


def from_events(path: Path, *, on_row: Callable[[int], None]) -> Iterator[Submission | RowReject]:
    """Yield the CloudEvents of a file as they stand; what is no JSON object is refused here."""
    for event in events_of(path):
        on_row(event.number)
        rows = (event.number,)
        try:
            event.body.decode()
            head = msgspec.json.decode(event.body, type=_Head)
        except UnicodeDecodeError:
            yield RowReject(rows, "", RejectReason.NOT_UTF8, "không phải UTF-8", "")
        except msgspec.ValidationError:
            reason = RejectReason.NOT_CLOUDEVENT
            yield RowReject(rows, "", reason, "id, type, subject phải là chuỗi", "")
        except (msgspec.DecodeError, RecursionError):
            yield RowReject(rows, "", RejectReason.NOT_JSON, "không phải JSON hợp lệ", "")
        else:
            yield Submission(rows, head.id, head.type, head.subject, event.body)
