"""What a province knows before any dossier: its agencies, fields and procedures.

A catalogue is one JSON file (`MOTCUA_CATALOGUE`). An agency or procedure that is not in it is
never refused for that: it is accepted, counted and listed as unknown (D15).
"""

from collections import Counter
from datetime import date, time
from enum import StrEnum, unique
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct, field

from shared.events.fields import (
    AgencyCode,
    Code,
    FieldCode,
    LimitHours,
    ProcedureCode,
    ServiceLevel,
)


@unique
class Level(StrEnum):
    """Where an agency stands; districts until 30/06/2025."""

    PROVINCE = "province"
    DEPARTMENT = "department"
    DISTRICT = "district"
    COMMUNE = "commune"


class Agency(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One node of the organisation tree; `valid_to` is the first day it no longer counts."""

    code: AgencyCode
    name: str
    short_name: str
    level: Level
    parent: AgencyCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: AgencyCode | None = None
    # The desks of its one-stop office, by the code that facts name them by (`desk_code`).
    desks: tuple[Code, ...] = ()


class Field(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field (lĩnh vực)."""

    code: FieldCode
    name: str


class Procedure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One procedure (TTHC); a limit in working hours, eight to the day, where it has one."""

    code: ProcedureCode
    name: str
    field: FieldCode
    limit_working_hours: LimitHours | None = None
    has_fee: bool = False
    service_level: ServiceLevel = ServiceLevel.NONE


class Catalogue(Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """Everything a province announced about itself. Empty is allowed: then all is unknown."""

    province: AgencyCode | None = None
    # What is received after this civil time counts from the next working day, for limits of at
    # most one working day (D11); none by default.
    received_after: time | None = None
    agencies: tuple[Agency, ...] = ()
    fields: tuple[Field, ...] = ()
    procedures: tuple[Procedure, ...] = field(default=())

    @cached_property
    def agency_by_code(self) -> dict[str, Agency]:
        """Agencies by code."""
        return {agency.code: agency for agency in self.agencies}

    @cached_property
    def field_by_code(self) -> dict[str, Field]:
        """Fields by code."""
        return {one.code: one for one in self.fields}

    @cached_property
    def procedure_by_code(self) -> dict[str, Procedure]:
        """Procedures by code."""
        return {procedure.code: procedure for procedure in self.procedures}

    def without_desks(self) -> "Catalogue":
        """The same for whoever reads a part of the log: who was named elsewhere it cannot tell."""
        agencies = (msgspec.structs.replace(one, desks=()) for one in self.agencies)
        return msgspec.structs.replace(self, agencies=tuple(agencies))


def load_catalogue(path: Path | None) -> Catalogue:
    """Read a catalogue file; no path means an empty catalogue.

    Raises:
        OSError: the file cannot be read.
        msgspec.DecodeError: it is not a catalogue; the message names the place.
    """
    if path is None:
        return Catalogue()
    try:
        # A byte order mark is what an editor on Windows puts before a file made by hand.
        body = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        catalogue = msgspec.json.decode(body, type=Catalogue)
    except UnicodeDecodeError:
        raise msgspec.DecodeError("the file is not UTF-8") from None
    _refuse_twins("agencies", [one.code for one in catalogue.agencies])
    for agency in catalogue.agencies:
        _refuse_twins(f"agencies[{agency.code}].desks", [*agency.desks])
    _refuse_twins("fields", [one.code for one in catalogue.fields])
    _refuse_twins("procedures", [one.code for one in catalogue.procedures])
    return catalogue


def _refuse_twins(place: str, codes: list[str]) -> None:
    twins = [code for code, count in Counter(codes).items() if count > 1]
    if twins:
        raise msgspec.ValidationError(f"`{twins[0]}` stands twice - at `$.{place}`")


def encoded_catalogue(catalogue: Catalogue) -> bytes:
    """Return the catalogue as the bytes of its file, indented for people."""
    return msgspec.json.format(msgspec.json.encode(catalogue), indent=1)
