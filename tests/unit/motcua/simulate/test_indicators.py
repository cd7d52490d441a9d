"""Every indicator that facts can feed is fed, in the shares its profile promises."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from motcua.simulate import catalogue_for, load_profile, simulate
from motcua.simulate.desks import desks
from motcua.simulate.profiles import Profile
from shared.calendar import HO_CHI_MINH, load_calendar
from shared.catalogue.model import Level
from shared.events.envelope import STRICT_DECODER
from shared.events.fields import ServiceLevel
from tests.unit.motcua.simulate.indicators import Pair, Told, measures_of

COUNT = 10_000


def settled(profile: Profile, **chances: float) -> Profile:
    """The province with everything settled by its last day, so that every share is exact."""
    return msgspec.structs.replace(
        profile,
        settled_share=0.75,
        calm_days=3,
        limit_days_max=15,
        chances=msgspec.structs.replace(profile.chances, **chances),
    )


DEMO = settled(load_profile("demo"), petition=0.05, extended=0.0)
TAY_SON = load_profile("tay-son-2023")
CALENDAR = load_calendar(scope="H99")


def worked(profile: Profile) -> set[date]:
    """The working days of its period and of some months around it."""
    start = profile.first_day - timedelta(days=60)
    days = (start + timedelta(days=n) for n in range((profile.last_day - start).days + 150))
    return {day for day in days if CALENDAR.is_working_day(day)}


def told_of(profile: Profile, seed: int, **more: Any) -> Told:
    facts = simulate(profile, COUNT, seed, **more)
    midnight = datetime.combine(profile.last_day, datetime.min.time(), HO_CHI_MINH)
    return Told(facts, midnight + timedelta(days=1, seconds=-1), worked(profile))


@pytest.fixture(scope="module")
def demo() -> Told:
    return told_of(DEMO, 7)


@pytest.fixture(scope="module")
def measures(demo: Told) -> dict[str, Pair]:
    return measures_of(demo, communes_of(DEMO))


def communes_of(profile: Profile) -> int:
    return sum(agency.level is Level.COMMUNE for agency in catalogue_for(profile).agencies)


def test_the_shares_of_dossiers_are_those_of_the_profile(measures: dict[str, Pair]) -> None:
    shares = DEMO.shares
    exact = {
        "1.4": shares.synced, "3.3": shares.online, "4.1": shares.electronic_result,
        "4.2": shares.digitised, "4.3": shares.reused, "4.4": shares.personal_storage,
        "4.5b": shares.identified,
    }  # fmt: skip

    for indicator, share in exact.items():
        assert measures[indicator] == (round(COUNT * share), COUNT), indicator
    assert measures["3.6"] == (round(COUNT * shares.paid_online), round(COUNT * shares.fee))


def test_what_is_not_on_time_is_late_forgotten_or_was_asked_for_papers_twice(
    demo: Told, measures: dict[str, Pair]
) -> None:
    asked_twice = sum(len(one.all["supplement_requested"]) > 1 for one in demo.dossiers())

    late = round(COUNT * DEMO.shares.late) + round(COUNT * DEMO.shares.forgotten)

    assert asked_twice > 0
    assert measures["2.1"] == (COUNT - late - asked_twice, COUNT)
    assert measures["5.4"][0] < measures["2.1"][0]


def test_the_shares_of_procedures_are_those_of_the_profile(measures: dict[str, Pair]) -> None:
    offered = {
        offer.procedure.code: offer.procedure for desk in desks(DEMO).items for offer in desk.offers
    }
    number, shares = len(offered), DEMO.procedures
    with_fee = sum(bool(procedure.has_fee) for procedure in offered.values())
    online = sum(one.service_level is not ServiceLevel.NONE for one in offered.values())

    assert measures["1.1"] == (number - round(number * shares.announced_late), number)
    assert measures["1.2"] == (number - round(number * shares.published_late), number)
    assert measures["1.3"] == (number - round(number * (1 - shares.content_full)), number)
    assert measures["3.1"] == (online, number)
    assert measures["3.5a"] == (round(with_fee * shares.payment_integrated), with_fee)
    for indicator, whole in (("3.2", online), ("3.5b", with_fee)):
        used, of = measures[indicator]
        assert of == whole
        assert 0 < used < whole


def test_petitions_go_through_every_stage_at_about_the_rates_of_the_profile(
    demo: Told, measures: dict[str, Pair]
) -> None:
    stages = Counter(
        fact["what"] for facts in demo.by_noun["petition"].values() for fact in facts
    )  # fmt: skip
    received, chances = stages["received"], DEMO.chances

    assert set(stages) == {
        "received", "transferred", "supplement_requested", "answered", "published", "rated",
    }  # fmt: skip
    assert received == pytest.approx(COUNT * chances.petition, rel=0.2)
    on_time, of = measures["5.2"]
    assert of == received
    late = chances.petition_late * (1 - chances.petition_refused)
    late *= 1 - chances.petition_supplement  # whoever asked for more within the limit handled it
    assert on_time / of == pytest.approx(1 - late, abs=0.05)
    satisfied = (1 - chances.petition_repeated) * (
        1 - chances.petition_rated * (1 - chances.petition_satisfied)
    )
    assert measures["5.3"][0] / of == pytest.approx(on_time / of * satisfied, abs=0.06)


def test_letters_and_copies_come_at_a_modest_rate(demo: Told, measures: dict[str, Pair]) -> None:
    facts = [fact for facts in demo.by_noun["document"].values() for fact in facts]
    letters = [fact["data"]["on_network"] for fact in facts if fact["what"] == "processed"]

    assert len(letters) == pytest.approx(COUNT * DEMO.chances.document, rel=0.15)
    assert sum(letters) / len(letters) == pytest.approx(DEMO.chances.document_on_network, abs=0.03)
    assert 0 < measures["4.6"][0] <= measures["4.6"][1] == communes_of(DEMO)


def test_who_was_late_explains_and_apologises_and_whoever_rates_names_desk_and_officer(
    demo: Told,
) -> None:
    dossiers = demo.dossiers()
    for what in ("explained", "apologised"):
        said = [one for one in dossiers if one.all[what]]
        assert said
        assert not any(one.is_on_time for one in said)
    rated = [one.data("rated") for one in dossiers if one.all["rated"]]
    assert rated
    assert all(data["officer_code"] and data["desk_code"] for data in rated)
    own = sum(bool(one.received.get("own_account")) for one in dossiers)
    assert own == round(COUNT * DEMO.shares.own_account)


def test_tay_son_gives_its_row_by_the_portals_definitions() -> None:
    measures = measures_of(told_of(TAY_SON, 766), communes_of(TAY_SON))

    def percent(indicator: str) -> str:
        numerator, denominator = measures[indicator]
        return f"{100 * numerator / denominator:.2f}"

    assert percent("2.1") == "92.74"
    assert percent("3.3") == "16.90"
    assert percent("3.6") == "2.65"
    assert percent("4.1") == "13.71"
    assert percent("4.2") == "19.14"
    assert percent("4.3") == "0.00"


def test_every_agency_announces_what_it_offers_before_the_first_desk_opens() -> None:
    facts = list(simulate("bac-giang-2024", 0, 1, until=datetime(2024, 2, 1, tzinfo=UTC)))

    said = {
        (fact["what"], fact["data"]["agency_code"], fact["subject"])
        for fact in map(_with_what, facts)
    }
    for desk in desks(load_profile("bac-giang-2024")).items:
        for offer in desk.offers:
            whose = (desk.agency_code, offer.procedure.code)
            assert {
                ("announced", *whose),
                ("published", *whose),
                ("service_level_set", *whose),
            } <= said
            assert (("payment_integrated", *whose) in said) == bool(offer.procedure.has_fee)
    assert [fact for fact in facts if STRICT_DECODER.decode(fact).noun == "dossier"] == []


def _with_what(line: bytes) -> dict[str, Any]:
    fact: dict[str, Any] = json.loads(line)
    return {**fact, "what": fact["type"].split(".")[1], "data": {"agency_code": "", **fact["data"]}}


def test_another_system_reports_the_months_of_some_agencies() -> None:
    facts = [
        json.loads(line)
        for line in simulate("demo", 6_000, 3, procedures=False, reported_agencies=4)
    ]

    reported = [fact for fact in facts if fact["type"] == "measure.reported.v1"]
    agencies = [desk.agency_code for desk in desks(load_profile("demo")).items[:4]]
    assert {fact["source"] for fact in reported} == {"bao-cao"}
    assert {fact["data"]["agency_code"] for fact in reported} == set(agencies)
    assert {fact["data"]["period"] for fact in reported} == {
        "2026", *(f"2026-0{n}" for n in range(1, 6))
    }  # fmt: skip
    received = Counter(
        (fact["data"]["agency_code"], fact["time"][:7])
        for fact in facts
        if fact["type"] == "dossier.received.v1"
    )  # office hours lie within one civil day in either zone
    for fact in reported:
        data = fact["data"]
        assert fact["subject"] == "/".join(
            (data["agency_code"], data["indicator_id"], data["period"])
        )
        if data["indicator_id"] == "3.3" and data["period"] != "2026":
            knows_more = agencies.index(data["agency_code"]) % 3 == 0
            ours = received[data["agency_code"], data["period"]]
            assert data["denominator"] == ours + knows_more
