"""What ALERTS says besides alerts: how channels do, who was told last when, and wide silences."""

from typing import Any

import msgspec
from msgspec import Struct

from services.notifier.domain.hearing import ChannelState, channel_step
from services.notifier.domain.records import Quiet
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact
from shared.ledger.store import Store, Write

_COLUMNS = "kind text, name text, state blob, primary key (kind, name)"
SCHEMA = (f"create table if not exists standing ({_COLUMNS}) without rowid",)
ROUND = "round."
SCOPE = "scope."


class Round(Struct, array_like=True, gc=False):
    """When one recipient's last message began, and where that stands in ALERTS."""

    at: int
    sequence: int


class Scope(Struct, array_like=True, gc=False):
    """A silence of one stage at one agency."""

    stage: str
    agency: str
    quiet: Quiet


class Standing:
    """Kept beside the alerts, in the same file and the same commits."""

    def __init__(self, store: Store) -> None:
        """Load all of it: it is small."""
        self.channels: dict[str, ChannelState] = {}
        self.rounds: dict[str, Round] = {}
        self.scopes: dict[str, Scope] = {}
        self._unsaved: set[tuple[str, str]] = set()
        self._encode = msgspec.msgpack.Encoder().encode
        for kind, name, packed in store.rows("select kind, name, state from standing"):
            holder, state_type = self._kept(kind)
            holder[name] = msgspec.msgpack.decode(packed, type=state_type)

    def _kept(self, kind: str) -> tuple[dict[str, Any], Any]:
        kept: dict[str, tuple[dict[str, Any], Any]] = {
            "channel": (self.channels, ChannelState),
            "round": (self.rounds, Round),
            "scope": (self.scopes, Scope),
        }
        return kept[kind]

    def step(self, fact: Fact, sequence: int) -> str | None:
        """Take note of one fact; the name of the channel whose state changed, if one did."""
        said: Any = fact.data
        at, alert_id = epoch_of(fact.time), getattr(fact.data, "alert_id", "")
        if alert_id.startswith(ROUND):
            self._keep("round", said.recipient, Round(at, sequence))
        elif alert_id.startswith(SCOPE):
            quiet = Quiet(at, said.by, said.reason, epoch_of(said.until_at), sequence)
            self._keep("scope", alert_id, Scope(said.stage, said.agency_code, quiet))
        elif said.event_type == "alert.delivered.v1":
            before = self.channels.get(said.channel) or ChannelState()
            after = channel_step(before, said, at)
            if after != before:
                self._keep("channel", said.channel, after)
                return str(said.channel)
        return None

    def _keep(self, kind: str, name: str, state: Any) -> None:
        self._kept(kind)[0][name] = state
        self._unsaved.add((kind, name))

    def unsaved_write(self) -> Write:
        """What the next commit must write; all is taken for saved then."""
        rows = [
            (kind, name, self._encode(self._kept(kind)[0][name])) for kind, name in self._unsaved
        ]
        self._unsaved.clear()
        return "insert or replace into standing values (?, ?, ?)", rows

    def all_again(self) -> None:
        """Write everything at the next commit: the file was emptied."""
        for kind in ("channel", "round", "scope"):
            self._unsaved.update((kind, name) for name in self._kept(kind)[0])

    def clear(self) -> None:
        """Forget everything."""
        for holder in (self.channels, self.rounds, self.scopes):
            holder.clear()
        self._unsaved.clear()

    def quiet_scope(self, stage: str, agency: str, now: int) -> Scope | None:
        """The wide silence that covers a stage at an agency now, if there is one."""
        scope = self.scopes.get(scope_id(stage, agency))
        return scope if scope is not None and now < scope.quiet.until else None


def scope_id(stage: str, agency: str) -> str:
    """The name of all alerts of one stage at one agency."""
    return f"{SCOPE}{stage}.{agency}"
