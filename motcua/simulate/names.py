"""What procedures are called and cost, and what made-up communes are called."""

from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final, Literal

import msgspec
from msgspec import Struct

from shared.catalogue.model import Field, Procedure
from shared.events.fields import ServiceLevel

HOURS_PER_DAY: Final = 8.0
_FEES_VND: Final = (8_000, 15_000, 30_000, 50_000, 100_000, 150_000, 200_000, 500_000)


class FieldOfWork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field (lĩnh vực) as `fields.toml` has it."""

    code: str
    name: str
    kind: str
    limit_days: tuple[float, ...]
    weight: float
    fee: Literal["none", "some", "most"]
    objects: tuple[str, ...]


class _Syllables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    first: tuple[str, ...]
    second: tuple[str, ...]


class _FieldFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    commune: _Syllables
    action: dict[str, tuple[str, ...]]
    field: tuple[FieldOfWork, ...]


@cache
def _field_file() -> _FieldFile:
    text = (files("motcua.simulate") / "fields.toml").read_bytes()
    return msgspec.toml.decode(text, type=_FieldFile)


def fields_of_work() -> tuple[FieldOfWork, ...]:
    """All fields, in the order of the file."""
    return _field_file().field


def catalogue_fields() -> tuple[Field, ...]:
    """All fields, as a catalogue lists them."""
    return tuple(Field(code=one.code, name=one.name) for one in fields_of_work())


@cache
def procedures_of(field: FieldOfWork, *, limit_days_max: float) -> tuple[Procedure, ...]:
    """All procedures of a field, the most usual ones first; no limit above the maximum."""
    number = fields_of_work().index(field) + 1
    wishes = product(_field_file().action[field.kind], field.objects)
    return tuple(
        Procedure(
            code=f"{1 + position % 2}.{number:03d}{position:03d}",
            name=f"{action} {thing}",
            field=field.code,
            limit_working_hours=HOURS_PER_DAY
            * min(field.limit_days[position % len(field.limit_days)], limit_days_max),
            has_fee=_has_fee(field, position),
            service_level=_service_level(position),
        )
        for position, (action, thing) in enumerate(wishes)
    )


def fee_vnd(procedure_code: str) -> int:
    """What a procedure costs, in đồng, where it costs something."""
    return _FEES_VND[int(procedure_code[-6:]) % len(_FEES_VND)]


def commune_names(count: int) -> tuple[str, ...]:
    """That many made-up names, all different; at most 400."""
    syllables = _field_file().commune
    size = len(syllables.first)
    return tuple(
        # The second syllable moves on by seven with every round through the first ones.
        f"{syllables.first[n % size]} {syllables.second[(n + n // size * 7) % size]}"
        for n in range(count)
    )


def _has_fee(field: FieldOfWork, position: int) -> bool:
    if field.fee == "none":
        return False
    return position % 3 == 0 if field.fee == "some" else position % 3 != 2  # noqa: PLR2004 - thirds


def _service_level(position: int) -> ServiceLevel:
    """Of five procedures two are fully online, two partly, one not at all."""
    levels = (ServiceLevel.FULL, ServiceLevel.PARTIAL, ServiceLevel.FULL, ServiceLevel.PARTIAL)
    turn = position % 5
    return levels[turn] if turn < len(levels) else ServiceLevel.NONE
