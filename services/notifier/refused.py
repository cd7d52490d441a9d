"""REJECTS folded as far as an alert needs it: which refused events still wait, and since when.

The notifier reads the log, not intake (docs/adr/0013). Ids and times only: bodies stay sealed.
"""

from collections import defaultdict

import msgspec

from services.notifier.domain.clocks import About, key_of
from services.notifier.domain.refused import (
    RefusedState,
    RejectEvent,
    RejectRaised,
    RejectSettled,
)
from shared.bus.streams import REJECTS
from shared.calendar.civil_time import day_of_epoch, epoch_of
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write

_COLUMNS = "reject_id text primary key, publisher text, began integer, is_open integer"
SCHEMA = (f"create table if not exists refused ({_COLUMNS}) without rowid",)
_UNSETTLED = "select reject_id, publisher, began, is_open from refused where is_open > 0"
_WRITE = "insert or replace into refused values (?, ?, ?, ?)"
_SETTLED, _OPEN, _EXPIRED = 0, 1, 2  # what `is_open` holds
_DECODER: msgspec.json.Decoder[RejectEvent] = msgspec.json.Decoder(RejectEvent)


class _Refused(msgspec.Struct):
    """One reject; `began` is when the first of its day came, while that day had an open one."""

    publisher: str
    began: int
    standing: int = _OPEN


class RefusedBook:
    """The follower's target for REJECTS. Lives in the service's file beside the alerts."""

    def __init__(self, store: Store) -> None:
        """Load what is open."""
        self._store = store
        self.position = store.position(REJECTS)
        self.touched: set[str] = set()  # subjects to look at again; the ledger empties it
        # publisher → when each day's first one came → ids that are open
        self._open: defaultdict[str, dict[int, set[str]]] = defaultdict(dict)
        # publisher → when the days began of which something expired
        self._expired: defaultdict[str, set[int]] = defaultdict(set)
        for reject_id, publisher, began, standing in store.rows(_UNSETTLED):
            if standing == _OPEN:
                self._open[publisher].setdefault(began, set()).add(reject_id)
            else:
                self._expired[publisher].add(began)
        self.touched.update(self.keys())

    def keys(self) -> set[str]:
        """Every publisher that something waits of."""
        return {key_of(About.REJECTS, name) for name in self._open}

    def state_of(self, publisher: str, agency: str) -> RefusedState:
        """Since when something of the publisher waits, if anything does."""
        since = min(self._open.get(publisher, ()), default=None)
        return RefusedState(agency, since, tuple(sorted(self._expired.get(publisher, ()))))

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold the batch and commit it with its position."""
        changed: dict[str, _Refused] = {}
        for _, body in batch.entries:
            try:
                event = _DECODER.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # a newer version's words: not ours to judge
            match event:
                case RejectRaised():
                    self._raised(event, changed)
                case RejectSettled():
                    self._settled(event, changed)
        rewinds = self.position.rewinds
        position = Position(batch.entries[-1][0], stream_created, batch.last_message_id, rewinds)
        self._store.commit([_rows(changed)], position=position, stream=REJECTS)
        self.position = position
        self.touched.update(key_of(About.REJECTS, one.publisher) for one in changed.values())

    def reset(self, rewinds: int) -> None:
        """Forget every reject: this is another REJECTS than the one folded."""
        self.touched.update(self.keys())
        self._open.clear()
        self._expired.clear()
        self.position = Position(rewinds=rewinds)
        self._store.commit([("delete from refused", [()])], position=self.position, stream=REJECTS)

    def saved_rows(self) -> list[tuple[object, ...]]:
        """Every row, as stored."""
        return self._store.rows("select * from refused")

    def write_again(self, rows: list[tuple[object, ...]]) -> None:
        """Put back what `saved_rows` gave, after the file was emptied for another fold."""
        self._store.commit([(_WRITE, rows)], position=self.position, stream=REJECTS)

    def _raised(self, event: RejectRaised, changed: dict[str, _Refused]) -> None:
        if self._known(event.reject_id, changed) is not None:
            return  # the same body again is the same reject, settled or not
        at = epoch_of(event.at)
        days = self._open[event.publisher]
        same_day = (one for one in days if day_of_epoch(one) == day_of_epoch(at))
        began = next(same_day, at)
        days.setdefault(began, set()).add(event.reject_id)
        changed[event.reject_id] = _Refused(event.publisher, began)

    def _settled(self, event: RejectSettled, changed: dict[str, _Refused]) -> None:
        known = self._known(event.reject_id, changed)
        if known is None or known.standing != _OPEN:
            return
        days = self._open[known.publisher]
        days[known.began].discard(event.reject_id)
        if not days[known.began]:
            del days[known.began]
        if not days:
            del self._open[known.publisher]
        if event.is_expired:
            self._expired[known.publisher].add(known.began)
        standing = _EXPIRED if event.is_expired else _SETTLED
        changed[event.reject_id] = _Refused(known.publisher, known.began, standing)

    def _known(self, reject_id: str, changed: dict[str, _Refused]) -> _Refused | None:
        if reject_id in changed:
            return changed[reject_id]
        rows = self._store.rows(
            "select publisher, began, is_open from refused where reject_id = ?", (reject_id,)
        )
        return _Refused(*rows[0]) if rows else None


def _rows(changed: dict[str, _Refused]) -> Write:
    return _WRITE, [
        (reject_id, one.publisher, one.began, one.standing) for reject_id, one in changed.items()
    ]
