"""Who of ours may do what inside the account CORE: subjects, and nothing beside them.

A user may publish its own nouns, ask JetStream what it asks of the streams it reads, and hear its
own answers. Every line is here because the user's code needs it (tests/broker run with them), and
`tests/broker/permission_matrix.csv` says what follows, for every user and every kind of request.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from shared.bus.streams import ALERTS, CONTACTS_STREAM, FACTS, POSTAL, REJECTS
from shared.bus.subjects import (
    INTAKE_NOUNS,
    answer_prefix,
    contact_subject,
    inbox_prefix,
    inbox_stream,
)

SERVICES = ("intake", "scoring", "notifier", "postal_gateway", "operator")
DESK_PUBLISHER = "ban-canh-bao"  # what the notifier calls itself when it submits
_API = "$JS.API"
# Publishers in another account are answered by way of this subject of the broker's.
_ANSWERS_TO_PUBLISHERS = "_R_.>"
_ANSWERS_TO_DESK = f"{answer_prefix('notifier')}.>"


class Rights(Struct, frozen=True):
    """Subjects that a user may publish to, and those it may subscribe."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def rights_of(user: str, publishers: Sequence[str]) -> Rights:
    """Return what one of SERVICES may do, where these publishers have inboxes.

    Raises:
        KeyError: it is none of ours.
    """
    publish = {
        "intake": _intake,
        "scoring": _scoring,
        "notifier": _notifier,
        "postal_gateway": _postal_gateway,
        "operator": _operator,
    }[user](publishers)
    also = {"intake": ("in.*.>",), "notifier": (_ANSWERS_TO_DESK,)}.get(user, ())
    return Rights(tuple(publish), (f"{inbox_prefix(user)}.>", *also))


def _reading(stream: str) -> list[str]:
    """What a fold asks: where the log ends, one message for its anchor, and a reader of its own."""
    return [
        f"{_API}.STREAM.INFO.{stream}",
        f"{_API}.STREAM.MSG.GET.{stream}",
        f"{_API}.CONSUMER.CREATE.{stream}.*",
        f"{_API}.CONSUMER.MSG.NEXT.{stream}.*",
    ]


def _intake(publishers: Iterable[str]) -> list[str]:
    rights = [f"{noun}.>" for noun in sorted(INTAKE_NOUNS)]
    rights += ["reject.>", contact_subject(">"), _ANSWERS_TO_PUBLISHERS, _ANSWERS_TO_DESK]
    for stream in (FACTS, REJECTS):
        rights += [*_reading(stream), f"{_API}.DIRECT.GET.{stream}"]
    for stream in map(inbox_stream, publishers):
        rights += [
            f"{_API}.CONSUMER.DURABLE.CREATE.{stream}.intake",
            f"{_API}.CONSUMER.INFO.{stream}.intake",
            f"{_API}.CONSUMER.MSG.NEXT.{stream}.intake",
            f"$JS.ACK.{stream}.intake.>",
        ]
    return rights


def _scoring(_: Iterable[str]) -> list[str]:
    # A shard filters, and the filter stands in the subject of the request.
    return [
        "indicator.>",
        *_reading(FACTS),
        f"{_API}.CONSUMER.CREATE.{FACTS}.*.>",
        f"{_API}.DIRECT.GET.{FACTS}",
    ]


def _notifier(_: Iterable[str]) -> list[str]:
    return [
        "alert.>",
        # Its desk submits explanations and apologies as a publisher of its own.
        f"in.{DESK_PUBLISHER}.>",
        *_reading(FACTS),
        f"{_API}.DIRECT.GET.{FACTS}",
        *_reading(ALERTS),
        *_reading(REJECTS),
    ]


def _postal_gateway(_: Iterable[str]) -> list[str]:
    return [
        "postal.>",
        "claim.postal.>",
        *_reading(FACTS),
        f"{_API}.DIRECT.GET.{FACTS}",
        f"{_API}.STREAM.MSG.GET.{POSTAL}",
        contact_subject(">"),  # it erases
        f"{_API}.STREAM.INFO.{CONTACTS_STREAM}",
        f"{_API}.STREAM.MSG.GET.{CONTACTS_STREAM}",
    ]


def _operator(publishers: Iterable[str]) -> list[str]:
    """Make and compare streams, copy and restore them, read the log. No fact, no deletion."""
    rights = [f"{_API}.STREAM.{what}" for what in ("NAMES", "INFO.*", "CREATE.*")]
    rights.append(f"{_API}.STREAM.UPDATE.{REJECTS}")  # its age limit (docs/adr/0015)
    for stream in (FACTS, REJECTS, ALERTS, POSTAL, *map(inbox_stream, publishers)):
        rights += [
            f"{_API}.STREAM.MSG.GET.{stream}",
            f"{_API}.STREAM.SNAPSHOT.{stream}",
            f"{_API}.STREAM.RESTORE.{stream}",
            f"$JS.SNAPSHOT.ACK.{stream}.*",
            f"$JS.SNAPSHOT.RESTORE.{stream}.*",
        ]
    for stream in (FACTS, REJECTS, ALERTS, POSTAL):
        rights += [
            f"{_API}.CONSUMER.CREATE.{stream}.>",
            f"{_API}.CONSUMER.MSG.NEXT.{stream}.*",
        ]
    return rights
