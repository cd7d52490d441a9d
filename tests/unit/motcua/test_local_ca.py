"""The authority of an installation: made once, its certificate renewed in time, keys private."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from motcua import local_ca
from motcua.home import Home

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def serial(path: Path) -> int:
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


def test_the_authority_stays_and_a_good_certificate_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = local_ca.ensure(home, ["nats", "10.0.0.5"], NOW)
    numbers = serial(first.authority), serial(first.certificate)

    again = local_ca.ensure(home, ["nats"], NOW + timedelta(days=300))

    assert (serial(again.authority), serial(again.certificate)) == numbers


def test_a_certificate_is_renewed_before_its_end_and_for_a_new_name(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = local_ca.ensure(home, ["nats"], NOW).certificate

    numbers = [serial(path)]
    for names, days in ((["nats", "nats-2"], 1), (["nats", "nats-2"], 380)):
        local_ca.ensure(home, names, NOW + timedelta(days=days))
        numbers.append(serial(path))

    assert len(set(numbers)) == 3


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    made = local_ca.ensure(Home(tmp_path), ["nats"], NOW)

    keys = [made.key, made.authority.with_name("ca.key")]
    assert [path.stat().st_mode & 0o777 for path in keys] == [0o600, 0o600]


def test_the_authority_may_sign_and_the_broker_may_not(tmp_path: Path) -> None:
    made = local_ca.ensure(Home(tmp_path), ["nats"], NOW)

    signs = [
        x509.load_pem_x509_certificate(path.read_bytes())
        .extensions.get_extension_for_class(x509.BasicConstraints)
        .value.ca
        for path in (made.authority, made.certificate)
    ]
    assert signs == [True, False]
