"""One-stop desks: what each offers, how a visitor's wish falls, how it numbers its dossiers."""

from bisect import bisect
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from random import Random
from typing import Final, Generic, NamedTuple, TypeVar

from motcua.simulate.names import HOURS_PER_DAY, FieldOfWork, fee_vnd, fields_of_work, procedures_of
from motcua.simulate.profiles import CodeStyle, Profile
from motcua.simulate.tree import Office, offices
from shared.catalogue.model import Level, Procedure
from shared.events.fields import ServiceLevel

T = TypeVar("T")

# How many procedures of a field an agency really offers.
_OFFERED: Final = {Level.DEPARTMENT: 24, Level.DISTRICT: 10, Level.COMMUNE: 8}


class Weighted(Generic[T]):
    """Things to draw from, some more often than others."""

    __slots__ = ("_cumulative", "items")

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self.items = tuple(items)
        self._cumulative = list(accumulate(weights))

    def draw(self, random: Random) -> T:
        """One of them. IndexError when there is none."""
        return self.items[bisect(self._cumulative, random.random() * self._cumulative[-1])]


class Offer(NamedTuple):
    """One procedure as a desk offers it."""

    procedure: Procedure
    weight: float
    limit_seconds: int  # of working time
    fee_vnd: int


class Desk:
    """The one-stop desk of one agency."""

    __slots__ = ("_menu", "agency_code", "code_head", "level", "offers", "source", "style")

    def __init__(self, office: Office, offers: Sequence[Offer], style: CodeStyle) -> None:
        self.agency_code = office.agency.code
        self.level = office.agency.level
        self.source = office.source
        self.style = style
        self.offers = tuple(offers)
        self.code_head = _code_head(self.agency_code, style)
        self._menu = {
            (fee, online): _menu(self.offers, fee=fee, online=online)
            for fee in (False, True)
            for online in (False, True)
        }

    def draw(self, random: Random, *, fee: bool, online: bool) -> Offer:
        """What a visitor wants, who will or will not owe a fee, at the counter or online."""
        return self._menu[fee, online].draw(random)

    def dossier_code(self, day: date, number: int) -> str:
        """The code of the desk's `number`-th dossier of that day."""
        if self.style is CodeStyle.AREA_FIRST:
            return f"{self.code_head}-{day:%Y%m%d}-{number:07d}"
        return f"{self.code_head}-{day:%y%m%d}-{number:04d}"


def desks(profile: Profile) -> Weighted[Desk]:
    """All desks of a province, busy ones more likely."""
    fields = {one.code: one for one in fields_of_work()}
    found = offices(profile)
    made = [Desk(office, _offers(profile, office, fields), profile.code_style) for office in found]
    return Weighted(made, [office.weight for office in found])


def _offers(profile: Profile, office: Office, fields: dict[str, FieldOfWork]) -> list[Offer]:
    offers: list[Offer] = []
    for code in office.fields:
        field = fields[code]
        known = procedures_of(field, limit_days_max=profile.limit_days_max)
        for rank, procedure in enumerate(known[: _OFFERED[office.agency.level]]):
            hours = procedure.limit_working_hours or HOURS_PER_DAY
            offers.append(
                Offer(
                    procedure=procedure,
                    weight=field.weight / (rank + 1),
                    limit_seconds=round(hours * 3600),
                    fee_vnd=fee_vnd(procedure.code) if procedure.has_fee else 0,
                )
            )
    return offers


def _menu(offers: Sequence[Offer], *, fee: bool, online: bool) -> Weighted[Offer]:
    fitting = [
        offer
        for offer in offers
        if offer.procedure.has_fee == fee
        and (not online or offer.procedure.service_level is not ServiceLevel.NONE)
    ]
    return Weighted(fitting, [offer.weight for offer in fitting])


def _code_head(agency_code: str, style: CodeStyle) -> str:
    """Return H99.12, or 000.<commune>.<department or district>.H02 in the older order."""
    if style is CodeStyle.AREA_FIRST:
        return agency_code
    province, unit, *commune = agency_code.split(".")
    return f"000.{commune[0] if commune else '00'}.{unit}.{province}"
