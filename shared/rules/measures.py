"""What the indicators and targets count, as data: see the head of `measures.toml`."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct


class Dated(Protocol):
    """A row of a dated table."""

    @property
    def effective_from(self) -> date:
        """The first day on which it counts; it does until another row begins."""


RowT = TypeVar("RowT", bound=Dated)


def row_on(rows: Sequence[RowT], day: date) -> RowT:
    """The row in force on a day: the one that began last; before all of them, the first."""
    begun = [row for row in rows if row.effective_from <= day]
    if begun:
        return max(begun, key=lambda row: row.effective_from)
    return min(rows, key=lambda row: row.effective_from)


class Measured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ratio: things of a subject that have the facets `of`, and of these `counted`."""

    id: str
    subject: str
    of: tuple[str, ...]
    counted: tuple[str, ...]
    note: str = ""


class Publishing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Working days between a decision, the law's day and the day a procedure is public.

    A decision is judged by the row in force on its day.
    """

    effective_from: date
    announce_days_before: int
    announce_days_before_provincial: int
    public_days_after: int
    public_days_after_provincial: int
    source: str


class Supplements(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """More requests for papers than `allowed` make a dossier late (D10).

    A dossier is judged by the row in force on the day of its receipt.
    """

    effective_from: date
    allowed: Annotated[int, Meta(ge=0)]
    source: str


class SensitiveFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields with a satisfaction target of their own, by words of their names."""

    words: tuple[str, ...]
    source: str

    def among(self, names: Mapping[str, str]) -> frozenset[str]:
        """Return the codes of those fields; `names` is code to name."""
        return frozenset(
            code
            for code, name in names.items()
            if any(word.casefold() in name.casefold() for word in self.words)
        )


class MeasureRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file `measures.toml`."""

    schema: int
    publishing: Annotated[tuple[Publishing, ...], Meta(min_length=1)]
    supplements: Annotated[tuple[Supplements, ...], Meta(min_length=1)]
    sensitive_fields: SensitiveFields
    measure: tuple[Measured, ...]


@cache
def load_measures() -> MeasureRules:
    """Read the shipped measures.

    Raises:
        msgspec.ValidationError: the file is not as its head says; the message names the place.
    """
    text = (files("shared.rules") / "measures.toml").read_bytes()
    return msgspec.toml.decode(text, type=MeasureRules)
