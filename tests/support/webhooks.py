"""Webhooks of Viettel Post's shape, genuine and forged."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from services.postal_gateway.carriers.viettel.signature import signature
from services.postal_gateway.carriers.vnpost.mapping import text_of

SECRET = "the-carriers-secret"
NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


class Sent(Struct):
    """One request as it arrives."""

    body: bytes
    moment: str = ""
    signed: str = ""


def body_of(
    reference: str, code: int, at: datetime, *, number: str = "", token: str = ""
) -> dict[str, Any]:
    """What the carrier says of one status."""
    return {
        "DATA": {
            "ORDER_NUMBER": number or f"BC-{reference}", "ORDER_REFERENCE": reference,
            "ORDER_STATUSDATE": text_of(at), "ORDER_STATUS": code, "NOTE": "",
        },
        "TOKEN": token,
    }  # fmt: skip


def signed(said: dict[str, Any], at: datetime = NOON, secret: str = SECRET) -> Sent:
    """Sign it as the carrier does."""
    body = json.dumps(said).encode()
    moment = str(int(at.timestamp()))
    return Sent(body, moment, signature(secret.encode(), moment, body))


def forgeries(count: int, seed: int) -> Iterator[tuple[str, Sent]]:
    """Yield (what was done, request), each made from a genuine request and none genuine."""
    chance = random.Random(seed)
    ways = [_other_secret, _bit_flipped, _truncated, _re_serialised, _too_old, _too_new]
    ways += [_moment_moved, _no_signature, _other_body, _signature_cut, _hash_without_key]
    for number in range(count):
        code = chance.choice((100, 200, 300, 501, 504, 506))
        genuine = signed(body_of(f"H44.01-260302-{number:05d}", code, NOON))
        way = chance.choice(ways)
        yield way.__name__, way(genuine, chance)


def _other_secret(sent: Sent, chance: random.Random) -> Sent:
    other = chance.choice(["", "the-carriers-secre", "the-carriers-secret ", "guess"])
    return Sent(sent.body, sent.moment, signature(other.encode(), sent.moment, sent.body))


def _bit_flipped(sent: Sent, chance: random.Random) -> Sent:
    body = bytearray(sent.body)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return Sent(bytes(body), sent.moment, sent.signed)


def _truncated(sent: Sent, chance: random.Random) -> Sent:
    return Sent(sent.body[: chance.randrange(len(sent.body))], sent.moment, sent.signed)


def _re_serialised(sent: Sent, chance: random.Random) -> Sent:
    said = json.loads(sent.body)
    body = json.dumps(said, separators=(",", ":"), sort_keys=chance.random() < 0.5).encode()
    return Sent(body, sent.moment, sent.signed)


def _too_old(sent: Sent, chance: random.Random) -> Sent:
    moment = str(int(sent.moment) - chance.randint(301, 10**7))
    return Sent(sent.body, moment, signature(SECRET.encode(), moment, sent.body))


def _too_new(sent: Sent, chance: random.Random) -> Sent:
    moment = str(int(sent.moment) + chance.randint(301, 10**7))
    return Sent(sent.body, moment, signature(SECRET.encode(), moment, sent.body))


def _moment_moved(sent: Sent, chance: random.Random) -> Sent:
    by = chance.choice([-1, 1]) * chance.randint(1, 300)
    return Sent(sent.body, str(int(sent.moment) + by), sent.signed)


def _no_signature(sent: Sent, chance: random.Random) -> Sent:
    said = chance.choice(["", ",", "sha256=", ",,,,,,", "sha256=0", "é" * 9, "none"])
    return Sent(sent.body, chance.choice([sent.moment, "", "x", "1e9", "²"]), said)


def _other_body(sent: Sent, chance: random.Random) -> Sent:
    other = body_of(f"H44.01-260302-{chance.randint(20_000, 99_999)}", 501, NOON)
    return Sent(json.dumps(other).encode(), sent.moment, sent.signed)


def _signature_cut(sent: Sent, chance: random.Random) -> Sent:
    return Sent(sent.body, sent.moment, sent.signed[: chance.randrange(len(sent.signed))])


def _hash_without_key(sent: Sent, chance: random.Random) -> Sent:
    del chance
    return Sent(sent.body, sent.moment, signature(b"", sent.moment, sent.body))
