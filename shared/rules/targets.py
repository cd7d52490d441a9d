"""The plans' targets as dated data: what a share must reach, for whom, and from when to when.

Targets draw lines and raise alerts; they never alter points (D7). Sources: [S0] to [S4].
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum, unique
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from shared.catalogue.model import Level

from .measures import load_measures


@unique
class Comparison(StrEnum):
    """How the document's words were read: "tối thiểu", "đạt" are at least; "trên" is more than."""

    AT_LEAST = ">="
    MORE_THAN = ">"


class Target(Struct, frozen=True, kw_only=True):
    """One number to reach; `effective_to` is the first day it no longer counts, None: no end."""

    key: str
    vi: str
    threshold: float
    comparison: Comparison
    scope: tuple[Level, ...]
    effective_from: date
    period: str
    source: str
    effective_to: date | None = None
    related: str = ""
    note: str = ""

    @property
    def measure(self) -> str:
        """The indicator that measures it: its own row of `measures.toml`, else the related one."""
        own = {one.id for one in load_measures().measure}
        return self.key if self.key in own or not self.related else self.related.split(",")[0]

    def overlaps(self, first: date, last: date) -> bool:
        """Say whether it binds a period of the days `first` to `last`, both included (D7)."""
        return self.effective_from <= last and (
            self.effective_to is None or first < self.effective_to
        )

    def is_met(self, numerator: int | None, denominator: int | None) -> bool | None:
        """Compare exactly; None where nothing was measured."""
        if numerator is None or not denominator:
            return None
        # The decimal that the document says, not the binary number near it.
        wanted = Fraction(str(self.threshold))
        ratio = Fraction(numerator, denominator)
        return ratio > wanted if self.comparison is Comparison.MORE_THAN else ratio >= wanted


class Plan(Struct, frozen=True, kw_only=True):
    """One document with its targets, and the duties it orders without a ratio."""

    id: str
    title: str
    issuer: str
    document: str
    issued: str
    target: tuple[Target, ...] = ()
    duty: tuple[dict[str, Any], ...] = ()
    open_target: tuple[dict[str, Any], ...] = ()
    note: str = ""

    def in_force(self, level: Level, first: date, last: date) -> list[Target]:
        """Return the targets that bind agencies of `level` in the days `first` to `last`."""
        return [t for t in self.target if level in t.scope and t.overlaps(first, last)]


@cache
def plans() -> dict[str, Plan]:
    """Read the shipped plans, by id.

    Raises:
        msgspec.ValidationError: the file is not as its head says; the message names the place.
    """
    text = (files("shared.rules") / "targets.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = msgspec.toml.decode(text)["plan"]
    return {name: msgspec.convert({"id": name, **body}, Plan) for name, body in found.items()}


def chosen(ids: Iterable[str]) -> list[Plan]:
    """Return plans by id, in the order given.

    Raises:
        KeyError: there is no such plan; the message names the known ones.
    """
    known = plans()
    missing = [one for one in ids if one not in known]
    if missing:
        raise KeyError(f"no plan {', '.join(missing)}; known: {', '.join(known)}")
    return [known[one] for one in ids]
