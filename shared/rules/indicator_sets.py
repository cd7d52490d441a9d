"""Indicator sets as dated data: what is counted for how many points. Pure but for loading.

Everything legal is in `sets/<id>.toml`; nothing here knows a threshold. Source: [QD-766-2022].
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum, unique
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from shared.catalogue.model import Level


@unique
class Zero(StrEnum):
    """What a zero denominator earns (D3)."""

    FULL = "full"
    ZERO = "zero"
    NO_DATA = "no_data"


@unique
class Ties(StrEnum):
    """Which place comes after two units that share one (D6)."""

    SKIP = "skip"
    NEXT = "next"


@unique
class Inherit(StrEnum):
    """When a unit carries the province's value (D4)."""

    NEVER = "never"
    ALWAYS = "always"
    IF_ABSENT = "if_absent"


class Component(Struct, frozen=True, forbid_unknown_fields=True):
    """One scored indicator; see the head of the data file for each field."""

    id: str
    group: str
    name: str
    max: Decimal
    zero: Zero
    numerator: str
    denominator: str
    sum: str
    code: str = ""
    full_at: Decimal = Decimal(1)
    inherit: Inherit = Inherit.NEVER
    levels: tuple[Level, ...] = tuple(Level)
    note: str = ""


@unique
class Per(StrEnum):
    """Of what a watched indicator has one number."""

    UNIT = "unit"
    PROCEDURE = "procedure"


class Watched(Struct, frozen=True, forbid_unknown_fields=True):
    """An indicator without points: shown beside those of its group, part of no sum."""

    id: str
    group: str
    name: str
    per: Per
    numerator: str
    denominator: str


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A sum of components."""

    code: str
    name: str
    max: Decimal


class Band(Struct, frozen=True, forbid_unknown_fields=True):
    """A word for a total, shown beside it and used by no rule (D5)."""

    name: str
    at_least: Decimal


class Ranking(Struct, frozen=True, forbid_unknown_fields=True):
    """Units by descending total: a list for each of some levels, and one of them all (D6)."""

    levels: tuple[Level, ...]
    ties: Ties


class IndicatorSet(Struct, frozen=True, forbid_unknown_fields=True):
    """One dated version of the rules; `effective_to` is the first day it no longer counts."""

    schema: int
    id: str
    title: str
    effective_from: date
    source: str
    decimals: int
    total_max: Decimal
    ranking: Ranking
    band: tuple[Band, ...]
    group: tuple[Group, ...]
    component: tuple[Component, ...]
    watched: tuple[Watched, ...] = ()
    effective_to: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Say whether a period whose last day is `day` is judged by this set (D1)."""
        ended = self.effective_to is not None and day >= self.effective_to
        return self.effective_from <= day and not ended

    def of_level(self, level: Level | None) -> "IndicatorSet":
        """Return the set with only the components for units of a level; None: with all."""
        if level is None:
            return self
        kept = tuple(one for one in self.component if level in one.levels)
        return msgspec.structs.replace(self, component=kept)


@cache
def load_set(set_id: str) -> IndicatorSet:
    """Read a shipped set by its id.

    Raises:
        FileNotFoundError: no such set.
        msgspec.ValidationError: the file is not a set; the message names the place.
    """
    text = (files("shared.rules") / "sets" / f"{set_id}.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=IndicatorSet)


def set_ids() -> list[str]:
    """Return the ids of all shipped sets."""
    folder = files("shared.rules") / "sets"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir())


def in_force(day: date, sets: Iterable[IndicatorSet] | None = None) -> IndicatorSet | None:
    """Return the set that judges a period whose last day is `day`; None where there is none.

    Of several the one that came into force last: a new set needs no change to the old.
    `sets` are the shipped ones unless given.
    """
    known = map(load_set, set_ids()) if sets is None else sets
    fitting = [one for one in known if one.is_in_force(day)]
    return max(fitting, key=lambda one: one.effective_from, default=None)
