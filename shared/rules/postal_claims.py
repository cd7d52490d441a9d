"""Until when the post must answer and pay a claim, and the least it owes, as dated data.

Source: [LUAT-BUU-CHINH] Điều 38; [ND-47-2011] Điều 24-27.
"""

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from shared.calendar.civil_time import DAY_SECONDS, day_of_epoch, midnight_epoch, months_later

_TIMES_THE_CHARGE: Final = frozenset({"loss", "damage"})


class ClaimTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row; `effective_to` is the first day it no longer counts."""

    answer_months: Annotated[int, Meta(ge=1, le=24)]
    pay_days: Annotated[int, Meta(ge=1, le=366)]
    charge_times: Annotated[int, Meta(ge=1, le=100)]
    effective_from: date
    effective_to: date | None = None
    source: str

    def answer_until(self, opened: int) -> int:
        """The last epoch second of the last day for an answer to a claim made at `opened`."""
        return _end_of(months_later(day_of_epoch(opened), self.answer_months))

    def pay_until(self, settled: int) -> int:
        """The last epoch second of the last day for the money of a claim settled at `settled`."""
        return _end_of(day_of_epoch(settled) + timedelta(days=self.pay_days))

    def least_vnd(self, kind: str, charge_vnd: int) -> int:
        """The least that is owed, in đồng; kinds besides loss and damage owe the charge once."""
        return charge_vnd * (self.charge_times if kind in _TIMES_THE_CHARGE else 1)


class PostalClaims(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: Literal[1]
    terms: Annotated[tuple[ClaimTerms, ...], Meta(min_length=1)]

    def of(self, opened: int) -> ClaimTerms:
        """The terms of a claim made at that epoch second."""
        on = day_of_epoch(opened)
        rows = sorted(self.terms, key=lambda row: row.effective_from)
        return ([row for row in rows if row.effective_from <= on] or rows[:1])[-1]


def _end_of(day: date) -> int:
    return midnight_epoch(day) + DAY_SECONDS - 1


@cache
def postal_claims() -> PostalClaims:
    """Read the file that is shipped.

    Raises:
        msgspec.ValidationError: a row is wrong; the message names the place.
    """
    toml = (files("shared.rules") / "postal_claims.toml").read_bytes()
    return msgspec.toml.decode(toml, type=PostalClaims)
