"""The catalogue of an invented province is one that the services can read and believe."""

import msgspec
import pytest

from motcua.simulate import catalogue_for, load_profile, profile_names
from motcua.simulate.desks import desks
from shared.catalogue.model import Catalogue, Level, encoded_catalogue


@pytest.mark.parametrize("name", profile_names())
def test_a_catalogue_survives_its_own_file(name: str) -> None:
    catalogue = catalogue_for(name)

    assert msgspec.json.decode(encoded_catalogue(catalogue), type=Catalogue) == catalogue


@pytest.mark.parametrize("name", profile_names())
def test_every_agency_has_a_known_parent_and_a_code_of_its_own(name: str) -> None:
    catalogue = catalogue_for(name)

    codes = [agency.code for agency in catalogue.agencies]
    assert len(set(codes)) == len(codes)
    for agency in catalogue.agencies:
        assert (agency.level is Level.PROVINCE) == (agency.parent is None)
        assert agency.parent is None or agency.parent in codes


@pytest.mark.parametrize("name", profile_names())
def test_every_desk_serves_with_and_without_a_fee_at_the_counter_and_online(name: str) -> None:
    for desk in desks(load_profile(name)).items:
        assert {
            (fee, online)
            for fee in (False, True)
            for online in (False, True)
            if desk._menu[fee, online].items
        } == {(False, False), (False, True), (True, False), (True, True)}, desk.agency_code


def test_the_demo_has_departments_communes_and_two_thousand_procedures() -> None:
    catalogue = catalogue_for("demo")

    levels = [agency.level for agency in catalogue.agencies]
    assert levels.count(Level.DEPARTMENT) == 18
    assert levels.count(Level.COMMUNE) == 100
    assert len({agency.name for agency in catalogue.agencies}) == len(levels)
    assert len(catalogue.procedures) >= 2_000
    assert len({procedure.code for procedure in catalogue.procedures}) == len(catalogue.procedures)
    assert len(catalogue.fields) >= 40
    assert {procedure.field for procedure in catalogue.procedures} == set(catalogue.field_by_code)


@pytest.mark.parametrize("name", profile_names())
def test_every_agency_that_receives_lists_its_desks(name: str) -> None:
    for agency in catalogue_for(name).agencies:
        assert bool(agency.desks) == (agency.level is not Level.PROVINCE)


def test_districts_and_their_communes_end_with_june_2025() -> None:
    catalogue = catalogue_for("bac-giang-2024")

    below = [a for a in catalogue.agencies if a.level in {Level.DISTRICT, Level.COMMUNE}]
    assert {agency.level for agency in below} == {Level.DISTRICT, Level.COMMUNE}
    for agency in below:
        assert agency.valid_to is not None
        assert agency.valid_to.isoformat() == "2025-07-01"
        assert agency.successor == "H05"
