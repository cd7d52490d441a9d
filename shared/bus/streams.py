"""Every stream with every limit, and the one command that makes them (`motcua provision`).

Why these settings: docs/adr/0001. Nothing here is ever declared by a subscriber.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, KeyValueConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from .subjects import FACT_NOUNS, inbox_stream, inbox_subjects

FACTS = "FACTS"
REJECTS = "REJECTS"
ALERTS = "ALERTS"
POSTAL = "POSTAL"
CONTACTS = "CONTACTS"
CONTACTS_STREAM = f"KV_{CONTACTS}"

MESSAGE_SIZE_MAX_BYTES = 32_768
CONTACT_LIFE_SECONDS = 90 * 86_400
REJECTS_KEPT_DAYS = 180
"""How long a refused body is kept, where nothing else is asked for: an assumption, ADR 0015."""

_DAY_SECONDS = 86_400
_MIB = 1024**2


class Difference(Struct, frozen=True):
    """One setting of a live stream that is not as written here."""

    stream: str
    setting: str
    wanted: str
    found: str


def _config(name: str, subjects: list[str], *, max_bytes: int, **more: Any) -> StreamConfig:
    settings: dict[str, Any] = {
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.NEW,
        "discard_new_per_subject": False,
        "max_consumers": -1,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "max_age": 0,
        "max_msg_size": MESSAGE_SIZE_MAX_BYTES,
        "duplicate_window": 7200,
        "num_replicas": 1,
        "no_ack": False,
        "deny_delete": True,
        "deny_purge": True,
        "allow_rollup_hdrs": False,
        "allow_direct": True,
        "allow_msg_ttl": False,
        "allow_msg_schedules": False,
        "allow_atomic": False,
        "allow_msg_counter": False,
    }
    return StreamConfig(name=name, subjects=subjects, max_bytes=max_bytes, **(settings | more))


def core_streams(
    *, replicas: int = 1, scale: int = 1, rejects_kept_days: int = REJECTS_KEPT_DAYS
) -> list[StreamConfig]:
    """Return FACTS, REJECTS, ALERTS and POSTAL.

    The broker reserves `max_bytes` on its disk. Scale 1 is about five million facts in 5 GiB,
    for a laptop; a province takes 20. Of REJECTS the broker lets go what is too old: it holds
    persons' data, sealed (ADR 0015).
    """
    nouns = [f"{noun}.>" for noun in FACT_NOUNS]
    size = _MIB * scale
    return [
        _config(FACTS, nouns, max_bytes=4096 * size, allow_atomic=True, num_replicas=replicas),
        _config(
            REJECTS,
            ["reject.>"],
            max_bytes=256 * size,
            num_replicas=replicas,
            max_age=rejects_kept_days * _DAY_SECONDS,
        ),
        # Several messages per subject, each with compare-and-set on the last: one alert's life.
        _config(ALERTS, ["alert.>"], max_bytes=512 * size, num_replicas=replicas),
        _config(POSTAL, ["claim.>"], max_bytes=256 * size, num_replicas=replicas),
    ]


def inbox(publisher: str, *, replicas: int = 1, scale: int = 1) -> StreamConfig:
    """Return INBOX_<publisher>: a work queue that intake empties.

    `no_ack`: the answer to a publisher is intake's verdict in the shape of a PubAck, because the
    broker's own would say "stored" of an event that will be refused (ADR 0006).
    """
    return _config(
        inbox_stream(publisher),
        [inbox_subjects(publisher)],
        max_bytes=64 * _MIB * scale,
        retention=RetentionPolicy.WORK_QUEUE,
        no_ack=True,
        num_replicas=replicas,
        duplicate_window=1,  # intake judges repeats: a repeat must be answered, not swallowed
        deny_purge=False,
        deny_delete=False,
    )


def contacts(*, replicas: int = 1, scale: int = 1) -> KeyValueConfig:
    """Return the bucket of postal addresses: one value a key, gone after 90 days at the latest."""
    return KeyValueConfig(
        bucket=CONTACTS,
        history=1,
        ttl=CONTACT_LIFE_SECONDS,
        max_value_size=4096,
        max_bytes=64 * _MIB * scale,
        storage=StorageType.FILE,
        replicas=replicas,
    )


def _plain(value: Any) -> str:
    if isinstance(value, float):  # the client library reads durations so
        return f"{value:g}"
    return str(getattr(value, "value", value))


def differences(wanted: StreamConfig, found: StreamConfig) -> list[Difference]:
    """Return what the live stream has otherwise than written; empty where all is right."""
    names = [
        "subjects", "retention", "storage", "discard", "discard_new_per_subject", "max_msgs",
        "max_bytes", "max_msgs_per_subject", "max_age", "max_msg_size", "duplicate_window",
        "num_replicas", "no_ack", "deny_delete", "deny_purge", "allow_rollup_hdrs",
        "allow_msg_ttl", "allow_msg_schedules", "allow_atomic", "allow_direct",
        "allow_msg_counter",
    ]  # fmt: skip
    rows = []
    for name in names:
        want, have = getattr(wanted, name), getattr(found, name)
        if (want or 0) != (have or 0):
            rows.append(Difference(wanted.name or "", name, _plain(want), _plain(have)))
    return rows


async def differences_of(
    js: JetStreamContext,
    publishers: Iterable[str] = (),
    *,
    replicas: int = 1,
    scale: int = 1,
    rejects_kept_days: int = REJECTS_KEPT_DAYS,
) -> tuple[list[str], list[Difference]]:
    """Return which streams are missing, and what the others have otherwise than written here."""
    missing: list[str] = []
    found: list[Difference] = []
    for config in _wanted(publishers, replicas, scale, rejects_kept_days):
        try:
            live = await js.stream_info(config.name or "")
        except NotFoundError:
            missing.append(config.name or "")
        else:
            found.extend(differences(config, live.config))
    return missing, found


async def provision(
    js: JetStreamContext,
    publishers: Iterable[str] = (),
    *,
    replicas: int = 1,
    scale: int = 1,
    rejects_kept_days: int = REJECTS_KEPT_DAYS,
) -> tuple[list[str], list[Difference]]:
    """Create what is missing, compare what is there, destroy nothing.

    Returns the names created and the differences found; a difference is only reported, because
    changing a live stream is a person's decision.
    """
    names = list(publishers)
    missing, found = await differences_of(
        js, names, replicas=replicas, scale=scale, rejects_kept_days=rejects_kept_days
    )
    for config in _wanted(names, replicas, scale, rejects_kept_days):
        if config.name in missing:
            await js.add_stream(config)
    try:
        await js.key_value(CONTACTS)
    except NotFoundError:
        await js.create_key_value(contacts(replicas=replicas, scale=scale))
        missing.append(CONTACTS)
    return missing, found


def _wanted(
    publishers: Iterable[str], replicas: int, scale: int, rejects_kept_days: int
) -> list[StreamConfig]:
    inboxes = (inbox(publisher, replicas=replicas, scale=scale) for publisher in publishers)
    core = core_streams(replicas=replicas, scale=scale, rejects_kept_days=rejects_kept_days)
    return [*core, *inboxes]
