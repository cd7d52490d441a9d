"""What a session's cookie is good for, and for how long."""

import pytest

from shared.login import sessions

KEY = b"a-key-that-signs-sessions-in-tests-only"
NOW = 1_790_000_000


def cookie(**change: int) -> str:
    ticket = sessions.opened_now("lan", epoch=1, now=NOW)
    return sessions.signed(ticket, KEY)


def test_a_session_ends_after_half_an_hour_without_a_request() -> None:
    text = cookie()

    assert sessions.read(text, KEY, NOW + sessions.IDLE_SECONDS - 1) is not None
    assert sessions.read(text, KEY, NOW + sessions.IDLE_SECONDS) is None


def test_a_session_ends_twelve_hours_after_the_login_however_busy() -> None:
    ticket = sessions.opened_now("lan", epoch=1, now=NOW)
    late = sessions.seen_again(ticket, NOW + sessions.LIFE_SECONDS - 60)
    assert late is not None
    text = sessions.signed(late, KEY)

    assert sessions.read(text, KEY, NOW + sessions.LIFE_SECONDS - 1) is not None
    assert sessions.read(text, KEY, NOW + sessions.LIFE_SECONDS) is None


def test_every_login_has_an_identity_of_its_own() -> None:
    assert cookie() != cookie()


@pytest.mark.parametrize("key", [b"another-key-of-thirty-two-bytes-or-more", b"", b"short"])
def test_a_cookie_signed_with_another_key_is_not_believed(key: bytes) -> None:
    assert sessions.read(cookie(), key, NOW) is None


def test_ten_thousand_forged_cookies_open_nothing() -> None:
    text = cookie()
    body, _, mac = text.partition(".")
    forged = [f"{body[: n % len(body)]}X{body[n % len(body) + 1 :]}.{mac}" for n in range(5_000)]
    forged += [f"{body}.{mac[: n % len(mac)]}-{mac[n % len(mac) + 1 :]}" for n in range(4_990)]
    forged += [
        "",
        ".",
        body,
        f"{body}.",
        f".{mac}",
        "é.é",
        "x" * 5000,
        text + "A",
        f"{body}.{body}",
    ]

    assert [one for one in forged if one != text and sessions.read(one, KEY, NOW)] == []


def test_nothing_is_signed_without_a_key() -> None:
    with pytest.raises(sessions.UnsignedError):
        sessions.signed(sessions.opened_now("lan", epoch=1, now=NOW), b"")


def test_a_forms_token_is_of_one_session_and_not_its_cookie() -> None:
    one = sessions.opened_now("lan", epoch=1, now=NOW)
    two = sessions.opened_now("lan", epoch=1, now=NOW)

    assert sessions.form_token(one, KEY) != sessions.form_token(two, KEY)
    assert sessions.form_token(one, KEY) not in sessions.signed(one, KEY)
