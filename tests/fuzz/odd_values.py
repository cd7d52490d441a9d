"""Values that have broken readers before: numbers, instants, texts and structures."""

import random
import unicodedata
from copy import deepcopy
from typing import Any, Final

_NAMES: Final = ("Nguyễn Thị Bịa", "Đặng Văn Thử", "Uỷ ban nhân dân xã Hoà Bịa", "Trần Ạ̀ Ệ")

NUMBERS: Final[tuple[Any, ...]] = (
    0, -0.0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400, -(10**400),
    1e308, 5e-324, 0.1 + 0.2, 1e-7, True, False,
)  # fmt: skip

INSTANTS: Final = (
    "2026-03-02T01:05:10Z", "2026-03-02t01:05:10z", "2026-03-02 01:05:10+07:00",
    "2026-03-02T01:05:10+0700", "2026-03-02T01:05:10+07", "2026-03-02T01:05:10",
    "2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z", "2026-02-29T00:00:00Z", "2024-02-29T17:00:00Z",
    "2026-03-02T01:05:10.123456789Z", "2026-03-02T01:05:10-00:00", "2026-03-02T01:05:10+14:00",
    "2026-03-02T01:05:10+23:59", "2026-03-02T01:05:10-23:59", "0001-01-01T00:00:00+23:59",
    "0000-00-00T00:00:00Z", "9999-12-31T23:59:59-23:59", "1999-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2038-01-19T03:14:08Z",
    "+12026-03-02T00:00:00Z", "20260302080510",
    "2026-W10-1T00:00:00Z", "2026-061T00:00:00Z", "02/03/2026 08:05:10", "31/02/2026",
    "20260302", "99999999999999", "00000000000000", "2026-02-17T00:00:00+07:00", "hôm qua",
    "2026-13-01", "2026-1-1", "٢٠٢٦-٠٣-٠٢T01:05:10Z", "2026‑03‑02T01:05:10Z",
)  # fmt: skip

TEXTS: Final = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\uffff", "\U0010ffff", "\u202eevil",
    "\u200b", "\ufeff", "\u2028", "\r\n", "H99.12\n", "H99.12-20260302-0000417\n", "x" * 257,
    "x" * 40_000, "ạ̀" * 300, "é" * 5_000, "🇻🇳" * 200, "../../etc/passwd", "'; drop table fact; --",
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "%s%n%x", "{{7*7}}", "${jndi:ldap://x}",
    "dossier.received.v2", "dossier.corrected.v1", "alert.raised.v1", "postal.delivered.v1",
    "1.004194.000.00.00.H99", "H99", "H99.12.345.678", "*", ">", "in.*.>", "1" * 5_000,
    *(unicodedata.normalize("NFC", name) for name in _NAMES),
    *(unicodedata.normalize("NFD", name) for name in _NAMES),
)  # fmt: skip

STRUCTURES: Final[tuple[Any, ...]] = (
    None, [], {}, [[]], [None], {"": None}, {"a": {"a": {"a": {"a": 1}}}}, [[[[[[1]]]]]],
    ["x"] * 300, {str(n): n for n in range(300)}, {"type": "dossier.received.v1"},
)  # fmt: skip


def odd_value(chance: random.Random) -> Any:
    """Return a value of its own (it may be changed), of any of the four kinds."""
    kind = chance.random()
    if kind < 0.25:
        return chance.choice(NUMBERS)
    if kind < 0.5:
        return chance.choice(INSTANTS)
    if kind < 0.8:
        return chance.choice(TEXTS)
    return deepcopy(chance.choice(STRUCTURES))


def bent(value: Any, chance: random.Random) -> Any:
    """Return the value changed a little, so that it may still pass: a near miss is worth more."""
    if isinstance(value, bool):
        return chance.choice([not value, int(value), str(value).lower()])
    if isinstance(value, int | float):
        return chance.choice([value + 1, -value, value * 10**9, f"{value!r:.40}"])
    if isinstance(value, str):
        return _bent_text(value, chance)
    if isinstance(value, list):
        return chance.choice([value * 2, value[:-1], [*value, None], [value]])
    return [value]


def _bent_text(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    letter = chance.choice("0123456789.-_:/ạẠ ZTé\x00\n")
    ways = [
        text[:at] + letter + text[at:],
        text[:at] + text[at + 1 :],
        text[:at] + letter + text[at + 1 :],
        text.upper(),
        text.lower(),
        f" {text} ",
        text * 2,
        unicodedata.normalize("NFD", text),
        unicodedata.normalize("NFKC", text),
        text[::-1],
    ]
    return chance.choice(ways)
