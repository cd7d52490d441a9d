"""Ways around a subject that is forbidden: have the broker itself write there.

The broker checks where a user publishes, and not where it asks for the answer to go.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Final

from .connection import Heard
from .rows import OTHER, OWN, PUBLISHER
from .world import World

Trick = Callable[[World, str], Awaitable[str]]
DONE: Final = "gets there"
NOTHING: Final = "nothing"


def to_stream(stream: str, subject: str) -> Trick:
    """What the user may publish, with a stored subject as its reply."""

    async def trick(world: World, user: str) -> str:
        target = f"{subject}.t{world.new_number()}"
        if not await world.users[user].publish(OWN[user], b"{}", reply=target):
            return "no"
        return await _came(world, stream, target)

    return trick


async def _came(world: World, stream: str, target: str) -> str:
    for _ in range(8):  # the broker writes its answer a moment later
        if await world.stored_on(stream, target):
            return DONE
    await world.heard_by("operator", "nothing comes here: a moment's pause")
    return DONE if await world.stored_on(stream, target) else NOTHING


async def to_anothers_inbox(world: World, user: str) -> str:
    """What the user may publish, answered into the answers of another service."""
    victim = "scoring" if user == "notifier" else "notifier"
    target = f"_INBOX.{victim}.t{world.new_number()}"
    if not await world.users[user].publish(OWN[user], b"{}", reply=target):
        return "no"
    return DONE if await world.heard_by(victim, target) else NOTHING


async def to_the_purge_of_an_inbox(world: World, user: str) -> str:
    """An acknowledgement carries `seq`, and so does a request to purge up to a message."""
    subject = f"in.{OTHER}.dossier.received.v1"
    await world.users["other"].publish("submit.dossier.received.v1", b"{}")
    while not (before := await world.stored_on(f"INBOX_{OTHER}", subject)):
        """It is on its way."""
    if not await world.users[user].publish(
        OWN[user], b"{}", reply=f"$JS.API.STREAM.PURGE.INBOX_{OTHER}"
    ):
        return "no"
    await world.heard_by("operator", "nothing comes here: a moment's pause")
    return DONE if await world.stored_on(f"INBOX_{OTHER}", subject) < before else NOTHING


async def to_the_deletion_of_a_stream(world: World, user: str) -> str:
    """What the user may publish, answered into a request to delete ALERTS."""
    if not await world.users[user].publish(OWN[user], b"{}", reply="$JS.API.STREAM.DELETE.ALERTS"):
        return "no"
    await world.heard_by("operator", "nothing comes here: a moment's pause")
    found = await world.asked("operator", "$JS.API.STREAM.INFO.ALERTS", b"")
    return DONE if found.startswith("error") else NOTHING


async def api_answer_as_alert(world: World, user: str) -> str:
    """What the API says about a stream, stored as an alert."""
    target = f"alert.raised.t{world.new_number()}"
    subject = "$JS.API.STREAM.INFO.FACTS"
    if not await world.users[user].publish(subject, reply=target):
        return "no"
    return await _came(world, "ALERTS", target)


async def pushed_as_alert(world: World, user: str) -> str:
    """A consumer that pushes: the log's own messages, stored as alerts."""
    number = world.new_number()
    target, name = f"alert.raised.t{number}", f"push{number}"
    config = {
        "name": name, "deliver_subject": target, "ack_policy": "none", "deliver_policy": "all",
        "mem_storage": True, "inactive_threshold": 5_000_000_000,
    }  # fmt: skip
    body = json.dumps({"stream_name": "FACTS", "config": config}).encode()
    said = await world.answer(user, f"$JS.API.CONSUMER.CREATE.FACTS.{name}", body)
    return "no" if said == "no" else await _came(world, "ALERTS", target)


async def pulled_as_alert(world: World, user: str) -> str:
    """A message pulled to where an alert would stand."""
    number = world.new_number()
    target, name = f"alert.raised.t{number}", f"pull{number}"
    config = {"name": name, "ack_policy": "none", "deliver_policy": "all", "mem_storage": True}
    body = json.dumps({"stream_name": "FACTS", "config": config}).encode()
    said = await world.answer(user, f"$JS.API.CONSUMER.CREATE.FACTS.{name}", body)
    next_one = f"$JS.API.CONSUMER.MSG.NEXT.FACTS.{name}"
    if said == "no" or not await world.users[user].publish(next_one, reply=target):
        return "no"
    return await _came(world, "ALERTS", target)


async def copied_as_alert(world: World, user: str) -> str:
    """A message of the log, fetched directly to where an alert would stand: words of one's own."""
    target = f"alert.raised.t{world.new_number()}"
    subject = "$JS.API.DIRECT.GET.FACTS"
    if not await world.users[user].publish(subject, b'{"seq":1}', reply=target):
        return "no"
    return await _came(world, "ALERTS", target)


async def read_back_by_pushing(world: World, user: str) -> str:
    """A consumer of the addresses in CONTACTS, pushed into the user's own answers."""
    name = f"leak{world.new_number()}"
    config = {"name": name, "deliver_subject": f"_INBOX.{user}.{name}", "ack_policy": "none"}
    body = json.dumps({"stream_name": "KV_CONTACTS", "config": config}).encode()
    said = await world.answer(user, f"$JS.API.CONSUMER.CREATE.KV_CONTACTS.{name}", body)
    return "no" if not isinstance(said, Heard) else DONE


TRICKS: Final[dict[str, Trick]] = {
    "own publish, reply to alert.>": to_stream("ALERTS", "alert.raised"),
    "own publish, reply to indicator.>": to_stream("FACTS", "indicator.period_closed"),
    "own publish, reply to dossier.>": to_stream("FACTS", "dossier.received"),
    "own publish, reply to claim.>": to_stream("POSTAL", "claim.postal"),
    "own publish, reply to $KV.CONTACTS.>": to_stream("KV_CONTACTS", "$KV.CONTACTS"),
    f"own publish, reply to in.{OTHER}.>": to_stream(f"INBOX_{OTHER}", f"in.{OTHER}.x"),
    f"own publish, reply to in.{PUBLISHER}.>": to_stream(f"INBOX_{PUBLISHER}", f"in.{PUBLISHER}.x"),
    "own publish, reply to another's _INBOX": to_anothers_inbox,
    f"own publish, reply to the purge of INBOX_{OTHER}": to_the_purge_of_an_inbox,
    "own publish, reply to the deletion of ALERTS": to_the_deletion_of_a_stream,
    "STREAM.INFO.FACTS, reply to alert.>": api_answer_as_alert,
    "CONSUMER.CREATE.FACTS, deliver to alert.>": pushed_as_alert,
    "CONSUMER.MSG.NEXT.FACTS, reply to alert.>": pulled_as_alert,
    "DIRECT.GET.FACTS, reply to alert.>": copied_as_alert,
    "CONSUMER.CREATE.KV_CONTACTS, deliver to own _INBOX": read_back_by_pushing,
}
