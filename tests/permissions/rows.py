"""What is tried: every class of subject, every request of JetStream's API, every header and trick.

Names: `so-tu-phap` is the publisher whose login is tried, `mcdt-tinh` another one, `ban-canh-bao`
the alert desk's. Consumers `c` are anybody's.
"""

from typing import Final

PUBLISHER: Final = "so-tu-phap"
OTHER: Final = "mcdt-tinh"
DESK: Final = "ban-canh-bao"
SERVICES: Final = ("intake", "scoring", "notifier", "postal_gateway", "operator")
USERS: Final = (*SERVICES, "publisher")

# One subject of everything that a stream holds, in the order of the streams.
STORED: Final = (
    "dossier.received.H99", "petition.received.H99", "procedure.published._",
    "document.processed.H99", "measure.reported.H99", "source.heartbeat._",
    "postal.delivered.H99", "indicator.period_closed.H99", "reject.raised.so-tu-phap",
    "alert.raised.a1", "claim.postal.p1", "claim.notifier.n1", "$KV.CONTACTS.c1",
)  # fmt: skip
_ACK = "1.1.1.1.1"
PUBLISHED: Final = (
    *STORED,
    "submit.dossier.received.v1",
    *(f"in.{name}.dossier.received.v1" for name in (PUBLISHER, OTHER, DESK)),
    *(f"_INBOX.{user}.x" for user in SERVICES),
    "_INBOX.x",
    "_ANSWER.notifier.x",
    "_R_.x",
    *(f"$JS.ACK.{stream}.c.{_ACK}" for stream in ("FACTS", "REJECTS", "ALERTS", "POSTAL")),
    *(f"$JS.ACK.INBOX_{name}.intake.{_ACK}" for name in (PUBLISHER, OTHER, DESK)),
    "$JS.FC.FACTS.c.x",
    "$JS.SNAPSHOT.ACK.FACTS.x",
    "$JS.SNAPSHOT.RESTORE.FACTS.x",
    "$JS.SNAPSHOT.RESTORE.KV_CONTACTS.x",
    "$JS.EVENT.ADVISORY.STREAM.DELETED.FACTS",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.ACCOUNT.CORE.CONNZ",
    "$SYS.REQ.USER.INFO",
    "anything.else",
)

HEARD: Final = (
    ">", "*.>", "*.*.*",
    *(f"{noun}.>" for noun in (
        "dossier", "petition", "procedure", "document", "measure", "source", "postal",
        "indicator", "reject", "alert", "claim",
    )),
    "$KV.>", "$KV.CONTACTS.>", "submit.>", "in.>", "in.*.>", "in.*.> intake",
    *(f"in.{name}.>" for name in (PUBLISHER, OTHER, DESK)),
    "_INBOX.>", *(f"_INBOX.{user}.>" for user in SERVICES),
    "_ANSWER.>", "_ANSWER.notifier.>", "_R_.>", "$JS.>", "$JS.API.>", "$JS.ACK.>",
    "$JS.EVENT.>", "$SYS.>", "anything.else",
)  # fmt: skip

STREAMS: Final = (
    "FACTS", "REJECTS", "ALERTS", "POSTAL", "KV_CONTACTS", f"INBOX_{PUBLISHER}", f"INBOX_{OTHER}",
    "ANOTHER",
)  # fmt: skip
_OF_A_STREAM = (
    "STREAM.CREATE.{0}", "STREAM.UPDATE.{0}", "STREAM.DELETE.{0}", "STREAM.PURGE.{0}",
    "STREAM.INFO.{0}", "STREAM.MSG.GET.{0}", "STREAM.MSG.DELETE.{0}", "STREAM.SNAPSHOT.{0}",
    "STREAM.RESTORE.{0}", "STREAM.PEER.REMOVE.{0}", "STREAM.LEADER.STEPDOWN.{0}",
    "DIRECT.GET.{0}", "DIRECT.GET.{0}.dossier.received.H99",
    "CONSUMER.CREATE.{0}", "CONSUMER.CREATE.{0}.c", "CONSUMER.CREATE.{0}.c.dossier.>",
    "CONSUMER.CREATE.{0}.intake", "CONSUMER.DURABLE.CREATE.{0}.c",
    "CONSUMER.DURABLE.CREATE.{0}.intake", "CONSUMER.INFO.{0}.c", "CONSUMER.INFO.{0}.intake",
    "CONSUMER.DELETE.{0}.c", "CONSUMER.DELETE.{0}.intake", "CONSUMER.PAUSE.{0}.c",
    "CONSUMER.PAUSE.{0}.intake", "CONSUMER.MSG.NEXT.{0}.c", "CONSUMER.MSG.NEXT.{0}.intake",
    "CONSUMER.NAMES.{0}", "CONSUMER.LIST.{0}", "CONSUMER.LEADER.STEPDOWN.{0}.c",
    "CONSUMER.UNPIN.{0}.c",
)  # fmt: skip
_OF_THE_ACCOUNT = (
    "INFO", "STREAM.NAMES", "STREAM.LIST", "STREAM.TEMPLATE.CREATE.x", "ACCOUNT.PURGE.CORE",
    "META.LEADER.STEPDOWN", "SERVER.REMOVE", "SERVER.STREAM.MOVE.x",
)  # fmt: skip
REQUESTS: Final = tuple(
    f"$JS.API.{request}"
    for request in (
        *_OF_THE_ACCOUNT, *(one.format(stream) for one in _OF_A_STREAM for stream in STREAMS)
    )
)  # fmt: skip

HEADERS: Final = {
    "Nats-Rollup: all": {"Nats-Rollup": "all"},
    "Nats-Rollup: sub": {"Nats-Rollup": "sub"},
    "Nats-TTL: 1s": {"Nats-TTL": "1s"},
    "Nats-Schedule: another subject": {
        "Nats-Schedule": "@at 2030-01-01T00:00:00Z", "Nats-Schedule-Target": "alert.raised.later",
    },
    "Nats-Incr: +1": {"Nats-Incr": "+1"},
    "Nats-Batch: atomic, one": {
        "Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1",
    },
    "Nats-Expected-Stream: another": {"Nats-Expected-Stream": "ANOTHER"},
    "Nats-Expected-Last-Sequence: wrong": {"Nats-Expected-Last-Sequence": "999999"},
    "Nats-Expected-Last-Subject-Sequence: wrong": {
        "Nats-Expected-Last-Subject-Sequence": "999999"
    },
    "Nats-Expected-Last-Msg-Id: wrong": {"Nats-Expected-Last-Msg-Id": "nobody's"},
    "Nats-Required-Api-Level: 99": {"Nats-Required-Api-Level": "99"},
}  # fmt: skip
WITH_HEADERS: Final = (
    "dossier.received.H99", "postal.delivered.H99", "indicator.period_closed.H99",
    "reject.raised.so-tu-phap", "alert.raised.a1", "claim.postal.p1", "$KV.CONTACTS.c1",
)  # fmt: skip
OWN: Final = {
    "intake": "dossier.received.H99",
    "scoring": "indicator.period_closed.H99",
    "notifier": "alert.raised.own",
    "postal_gateway": "postal.delivered.H99",
    "operator": "$JS.API.STREAM.NAMES",
    "publisher": "submit.dossier.received.v1",
}
"""What each may publish at all: the vehicle of every trick."""
