"""What holds of every simulated province, whatever the seed."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.simulate import UnknownProfile, load_profile, profile_names, simulate
from shared.calendar import load_calendar
from shared.events import dossier
from shared.events.envelope import STRICT_DECODER, Fact
from shared.events.fields import Channel

# As the law register has it: both forms of a dossier code.
DOSSIER_CODE = re.compile(
    r"\A(?:\d{3}(?:\.\d{2}){2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{2,3}){0,3})-(?:\d{6}|\d{8})-\d{4,7}\Z"
)
CALENDAR = load_calendar()
SUBJECTS = {
    "dossier": DOSSIER_CODE,
    "petition": re.compile(r"\APAKN-[A-Z]\d{2}-\d{8}-\d{4}\Z"),
    "procedure": re.compile(r"\A\d\.\d{6}\Z"),
    "measure": re.compile(r"\A[A-Z]\d{2}(?:\.\d{2,3})*/\d\.\d[ab]?/\d{4}-\d{2}\Z"),
}


def facts_of(profile: str, dossiers: int, seed: int) -> list[Fact]:
    told = simulate(profile, dossiers, seed, calendar=CALENDAR, procedures=False)
    return [STRICT_DECODER.decode(body) for body in told]


@settings(max_examples=60, deadline=None)
@given(
    profile=st.sampled_from(profile_names()),
    dossiers=st.integers(0, 40),
    seed=st.integers(0, 2**32),
)
def test_every_province_keeps_the_rules_of_the_trade(
    profile: str, dossiers: int, seed: int
) -> None:
    facts = facts_of(profile, dossiers, seed)

    times = [fact.time for fact in facts]
    assert times == sorted(times)
    assert len({(fact.source, fact.id) for fact in facts}) == len(facts)
    for fact in facts:
        if fact.noun in SUBJECTS:
            assert SUBJECTS[fact.noun].match(fact.subject), fact.subject
    assert_dossiers_go_forward(facts, dossiers)


def assert_dossiers_go_forward(facts: list[Fact], expected: int) -> None:
    received: dict[str, datetime] = {}
    ended: set[str] = set()
    refused = {fact.subject for fact in facts if isinstance(fact.data, dossier.DossierRejected)}
    for fact in facts:
        match fact.data:
            case dossier.DossierReceived() as data:
                assert fact.subject not in received
                assert data.due_at is not None
                assert data.due_at > fact.time
                received[fact.subject] = fact.time
            case dossier.DossierResolved() | dossier.DossierWithdrawn() | dossier.DossierStopped():
                assert fact.subject in received
                assert fact.subject not in ended
                ended.add(fact.subject)
            case dossier.DossierReturned():
                assert fact.subject in ended
            case dossier.DossierSubmitted() | dossier.DossierRejected():
                assert fact.subject not in received
            case data if fact.noun == "dossier":
                assert fact.subject in received
    assert len(received) == expected
    assert not refused & set(received)


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib; from motcua.simulate import simulate;"
        "print(hashlib.sha256(b'\\n'.join(simulate('demo', 300, 7))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("0", "4711")
    }

    here = hashlib.sha256(b"\n".join(simulate("demo", 300, 7))).hexdigest()
    assert digests == {here}


def test_another_seed_gives_other_bytes() -> None:
    assert list(simulate("demo", 50, 1)) != list(simulate("demo", 50, 2))


def test_the_shares_of_a_profile_are_kept_to_the_dossier() -> None:
    shares = load_profile("demo").shares
    facts = facts_of("demo", 1_000, 5)

    received = [fact.data for fact in facts if isinstance(fact.data, dossier.DossierReceived)]
    channels = Counter(data.channel for data in received)
    assert len(received) == 1_000
    assert channels[Channel.ONLINE] == round(1_000 * shares.online)
    assert channels[Channel.POSTAL] == round(1_000 * shares.postal)
    fees = [fact for fact in facts if isinstance(fact.data, dossier.DossierFeeAssessed)]
    assert len(fees) == round(1_000 * shares.fee)
    paid = [fact.data for fact in facts if isinstance(fact.data, dossier.DossierPaid)]
    assert sum(data.online for data in paid) == round(1_000 * shares.paid_online)


def test_a_run_stops_before_the_instant_it_is_told_to() -> None:
    until = datetime(2026, 2, 3, 3, 30, tzinfo=UTC)  # Tuesday, half past ten in the morning

    facts = [STRICT_DECODER.decode(body) for body in simulate("demo", 500, 1, until=until)]

    assert facts[-1].time < until
    assert (until - facts[-1].time).total_seconds() < 3600


def test_no_working_day_means_no_facts() -> None:
    saturday = datetime(2026, 3, 7, 2, tzinfo=UTC)

    told = simulate("demo", 10, 1, first_day=saturday.date(), until=saturday)

    assert list(told) == []


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(UnknownProfile, match="bac-giang-2024, demo, tay-son-2023"):
        simulate("atlantis")


def test_fewer_than_no_dossiers_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 dossiers"):
        simulate("demo", -1)


@pytest.mark.parametrize("profile", profile_names())
def test_whoever_files_by_post_ticked_the_pick_up_online_before(profile: str) -> None:
    facts = facts_of(profile, 1000, seed=4)

    ticked = {
        fact.subject: fact.time
        for fact in facts
        if isinstance(fact.data, dossier.DossierSubmitted) and fact.data.pickup_wanted
    }
    by_post = {
        fact.subject: fact.time
        for fact in facts
        if isinstance(fact.data, dossier.DossierReceived) and fact.data.channel is Channel.POSTAL
    }
    assert len(by_post) == round(1000 * load_profile(profile).shares.postal)
    assert by_post.keys() <= ticked.keys()
    assert all(ticked[code] < at for code, at in by_post.items())
