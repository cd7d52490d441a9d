"""Structure-aware mutations: a valid value changed where it hurts, then written badly.

Seeded: the same `random.Random` gives the same bytes.
"""

import json
import random
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import shared.events
from shared.bus.subjects import INTAKE_NOUNS

from .odd_values import bent, odd_value

Tree = dict[str, Any]
_SAID_BY_US: Final = ("recordedtime", "digest")
_ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp1258", "latin-1")
# Members that other schemas have: an unknown one must be said, never kept in silence.
_STRANGERS: Final = ("contact", "contact_ref", "digest", "recordedtime", "data_base64", "subject",
                     "traceparent", "dataschema", "", "__class__", "Ngày", "data")  # fmt: skip


@cache
def examples() -> tuple[Tree, ...]:
    """Return every example event that an outsider may send, without what the log adds."""
    folder = Path(shared.events.__file__).parent / "examples"
    found: list[Tree] = []
    for path in sorted(folder.glob("*.json")):
        if path.name.partition(".")[0] in INTAKE_NOUNS:
            event = json.loads(path.read_bytes())
            for name in _SAID_BY_US:
                event.pop(name, None)
            if isinstance(event.get("data"), dict) and event["data"].pop("contact_ref", None):
                event["contact"] = {"name": "Người Không Có Thật", "address": "Ấp Bịa"}
            found.append(event)
    return tuple(found)


def event(chance: random.Random) -> Tree:
    """Return an example under one of a few hundred ids; half of them are changed in nothing."""
    found = deepcopy(chance.choice(examples()))
    found["id"] = f"{found['id']}:{chance.randrange(40)}"
    if chance.random() < 0.9:
        mutate(found, chance, chance.choice((0, 1, 1, 1, 2, 4)))
    return found


def mutate(tree: Any, chance: random.Random, count: int) -> None:
    """Change so many places anywhere in the tree: replaced, bent, dropped, added or moved."""
    for _ in range(count):
        holder = chance.choice(_holders(tree))
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        way = chance.random()
        if not keys or way < 0.12:
            _add(holder, chance)
        elif way < 0.3:
            del holder[chance.choice(keys)]
        elif way < 0.6:
            key = chance.choice(keys)
            holder[key] = bent(holder[key], chance)
        elif way < 0.9:
            holder[chance.choice(keys)] = odd_value(chance)
        else:
            one, other = chance.choice(keys), chance.choice(keys)
            holder[one], holder[other] = holder[other], holder[one]


def _holders(tree: Any) -> list[Any]:
    found, waiting = [], [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list):
            found.append(here)
            waiting.extend(here.values() if isinstance(here, dict) else here[:50])
    return found or [{}]


def _add(holder: Any, chance: random.Random) -> None:
    if isinstance(holder, dict):
        holder[chance.choice(_STRANGERS)] = odd_value(chance)
    else:
        holder.insert(chance.randrange(len(holder) + 1), odd_value(chance))


def written(tree: Any, chance: random.Random) -> bytes:
    """Write the tree as JSON: nearly always well, sometimes as no parser likes it."""
    plain = chance.random() < 0.5
    text = json.dumps(tree, ensure_ascii=plain, separators=(",", ":") if plain else None)
    way = chance.random()
    if way < 0.75:
        return text.encode("utf-8", "surrogatepass")
    if way < 0.80:
        return text.encode(chance.choice(_ENCODINGS), "replace")
    if way < 0.84:
        return _doubled_key(text, chance).encode("utf-8", "surrogatepass")
    if way < 0.87:
        return _with_odd_number(text, chance).encode("utf-8", "surrogatepass")
    return broken(text.encode("utf-8", "surrogatepass"), chance)


def _doubled_key(text: str, chance: random.Random) -> str:
    key = chance.choice(("id", "type", "time", "data", "subject", "MaHoSo", "TOKEN", "DATA"))
    value = json.dumps(odd_value(chance))
    where = text.find("{")
    return f'{text[: where + 1]}"{key}":{value},{text[where + 1 :]}' if where >= 0 else text


def _with_odd_number(text: str, chance: random.Random) -> str:
    number = chance.choice(("NaN", "Infinity", "-Infinity", "1e999", "01", "+1", ".5", "1.", "0x1F",
                            "9" * 5_000, "1e-999", "1E400", "-0", "1_000"))  # fmt: skip
    at = text.rfind(":")
    return text[: at + 1] + number + text[at + 1 :].lstrip('"0123456789TZ:.+-') if at >= 0 else text


def broken(body: bytes, chance: random.Random) -> bytes:
    """Cut, flip, splice, nest or blow up bytes."""
    at = chance.randrange(len(body) + 1)
    before, after = body[:at], body[at:]
    depth = chance.choice((31, 32, 33, 200, 1_200, 30_000))
    flipped = bytes([after[0] ^ 1 << chance.randrange(8)]) + after[1:] if after else b""
    return chance.choice((
        before,
        before + chance.randbytes(chance.randint(1, 8)) + after,
        before + flipped,
        before + b"[" * depth + after + b"]" * depth,
        b'{"a":' * chance.choice((5, 33, 900, 20_000)) + body,
        body + b" " * chance.choice((1, 33_000, 70_000)),
        body + body,
        b"\xef\xbb\xbf" + body,
        chance.randbytes(chance.choice((0, 1, 40, 4_000))),
    ))  # fmt: skip


def one_of(chance: random.Random, weighted: Sequence[tuple[float, str]]) -> str:
    """Return one of the names by weight."""
    return chance.choices([n for _, n in weighted], [w for w, _ in weighted])[0]
