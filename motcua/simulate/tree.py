"""The tree of agencies of a profile, and the whole catalogue it announces."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from motcua.simulate.names import (
    catalogue_fields,
    commune_names,
    fields_of_work,
    procedures_of,
)
from motcua.simulate.profiles import (
    District,
    InventedCommunes,
    Profile,
    profile_of,
)
from shared.catalogue.model import Agency, Catalogue, Level

DESK_CODES: Final = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6")  # of every one-stop office
_FIRST_COMMUNE_CODE: Final = 101  # communes carry three digits, departments two


class Office(NamedTuple):
    """An agency that receives dossiers: how much of them, in which fields, through whom."""

    agency: Agency
    weight: float
    fields: tuple[str, ...]
    source: str


def catalogue_for(profile: Profile | str) -> Catalogue:
    """Everything the province announced about itself: agencies, fields, procedures.

    Raises:
        UnknownProfile: there is none of that name.
    """
    known = profile_of(profile)
    return Catalogue(
        province=known.province.code,
        agencies=(*_roots(known), *(office.agency for office in offices(known))),
        fields=catalogue_fields(),
        procedures=tuple(
            procedure
            for field in fields_of_work()
            for procedure in procedures_of(field, limit_days_max=known.limit_days_max)
        ),
    )


def offices(profile: Profile) -> tuple[Office, ...]:
    """All agencies that receive dossiers: departments, districts, communes."""
    found = [*_departments(profile)]
    for district in profile.districts:
        found += _district(profile, district)
    if profile.invented_communes is not None:
        found += _invented(profile, profile.invented_communes)
    return tuple(found)


def _roots(profile: Profile) -> Iterator[Agency]:
    province = profile.province
    yield Agency(
        code=province.code,
        name=province.name,
        short_name=province.short_name,
        level=Level.PROVINCE,
        valid_to=province.valid_to,
        successor=province.successor,
    )
    if province.successor is not None:
        yield Agency(
            code=province.successor,
            name=province.successor_name,
            short_name=province.successor_name.removeprefix("Tỉnh "),
            level=Level.PROVINCE,
            valid_from=province.valid_to,
        )


def _agency(profile: Profile, level: Level, code: str, name: str, short_name: str) -> Agency:
    """Return an agency; what a merger ended ends with its province, to the same successor."""
    return Agency(
        code=code,
        name=name,
        short_name=short_name,
        level=level,
        parent=code.rpartition(".")[0],
        valid_to=profile.province.valid_to,
        successor=profile.province.successor,
        desks=DESK_CODES,
    )


def _departments(profile: Profile) -> Iterator[Office]:
    for one in profile.departments:
        code = f"{profile.province.code}.{one.code}"
        agency = _agency(profile, Level.DEPARTMENT, code, one.name, one.short_name)
        yield Office(agency, one.weight, one.fields, profile.sources.department)


def _district(profile: Profile, district: District) -> Iterator[Office]:
    code = f"{profile.province.code}.{district.code}"
    agency = _agency(profile, Level.DISTRICT, code, district.name, district.short_name)
    yield Office(agency, district.weight, district.fields, profile.sources.district)
    weight = district.commune_weight / len(district.communes)
    for number, name in enumerate(district.communes, start=1):
        agency = _commune(profile, f"{code}.{number:02d}", name)
        yield Office(agency, weight, district.commune_fields, profile.sources.commune)


def _invented(profile: Profile, wanted: InventedCommunes) -> Iterator[Office]:
    count = wanted.communes + wanted.wards + wanted.special_zones
    for number, name in enumerate(commune_names(count)):
        if number < wanted.wards:
            kind, busy = "Phường", 1.8  # a ward has more people than a commune
        elif number < wanted.wards + wanted.communes:
            kind, busy = "Xã", 0.85
        else:
            kind, busy = "Đặc khu", 0.3
        code = f"{profile.province.code}.{_FIRST_COMMUNE_CODE + number}"
        agency = _commune(profile, code, f"{kind} {name}")
        weight = busy * wanted.weight / count
        yield Office(agency, weight, wanted.fields, profile.sources.commune)


def _commune(profile: Profile, code: str, name: str) -> Agency:
    lower = name[0].lower() + name[1:]
    return _agency(profile, Level.COMMUNE, code, f"Ủy ban nhân dân {lower}", name)
