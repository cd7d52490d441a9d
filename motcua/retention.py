"""How long REJECTS keeps what was refused: asked for here, done by the broker (ADR 0015)."""

import os
from datetime import UTC, datetime, timedelta
from typing import Final

import click
from nats.aio.client import Client
from nats.js import JetStreamContext

from services.intake.rejects import DECODER, RejectRecord, RejectSettled
from shared.bus.streams import REJECTS, REJECTS_KEPT_DAYS
from shared.ledger.reader import LogReader, from_the_first

from .finding import Finding, Grade

VARIABLE: Final = "MOTCUA_REJECTS_KEPT_DAYS"
_DAYS_MIN, _DAYS_MAX = 30, 3650
DAYS: Final = click.IntRange(_DAYS_MIN, _DAYS_MAX)
_DAY_SECONDS: Final = 86_400


class TooOldError(RuntimeError):
    """So many rejects older than the limit are open, and would be gone unseen."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


def kept_days() -> int:
    """Return what the environment asks for, 180 days where it asks for nothing.

    Raises:
        click.ClickException: it asks for something that is no number of days, or out of bounds.
    """
    said = os.environ.get(VARIABLE, "") or str(REJECTS_KEPT_DAYS)
    if not said.isdecimal() or not _DAYS_MIN <= int(said) <= _DAYS_MAX:
        raise click.ClickException(f"{VARIABLE}: cần {_DAYS_MIN} đến {_DAYS_MAX} ngày (days)")
    return int(said)


async def limit_rejects(client: Client, days: int, now: datetime) -> None:
    """Set the age limit of a stream that is there; what is older is gone at that moment.

    Raises:
        TooOldError: something that old waits for a person; nothing was changed.
    """
    count = await _open_since_before(client, now - timedelta(days=days))
    if count:
        raise TooOldError(count)
    js = client.jetstream()
    found = (await js.stream_info(REJECTS)).config
    await js.update_stream(found.evolve(max_age=days * _DAY_SECONDS))


async def keeping(js: JetStreamContext, days: int) -> Finding:
    """Say how long the live stream keeps a reject, and what to do where it is otherwise."""
    found = round((await js.stream_info(REJECTS)).config.max_age or 0)
    told = f"giữ {found / _DAY_SECONDS:g} ngày" if found else "không có thời hạn"
    if found == days * _DAY_SECONDS:
        text = f"{told} (tạm tính, chờ đơn vị xác nhận: docs/privacy.md)"
        return Finding("mục bị từ chối", Grade.GOOD, text)
    text = f"{told}, cần {days}: motcua provision --limit-rejects"
    return Finding("mục bị từ chối", Grade.WARN, text)


async def _open_since_before(client: Client, moment: datetime) -> int:
    """How many rejects are open that came before the moment."""
    state = (await client.jetstream().stream_info(REJECTS)).state
    if not state.messages:
        return 0
    reader = LogReader(
        client,
        stream=REJECTS,
        service="operator",
        after=state.first_seq - 1,
        is_same_log=from_the_first,
    )
    waiting: set[str] = set()
    reached = 0
    while reached < state.last_seq:
        for sequence, body in (await reader.next_batch()).entries:
            reached = sequence
            event = DECODER.decode(body)
            if isinstance(event, RejectRecord) and event.at.astimezone(UTC) < moment:
                waiting.add(event.reject_id)
            elif isinstance(event, RejectSettled):
                waiting.discard(event.reject_id)
    await reader.close()
    return len(waiting)
