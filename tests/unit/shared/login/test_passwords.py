"""Which passwords are taken, and that a hash tells nothing by its time."""

import pytest

from shared.login import is_right, password_hash, why_refused


@pytest.mark.parametrize(
    "password",
    [
        "ngắn",
        "11 ký tự ab",
        "password123456",
        "Password!2026",
        "MatKhau123456",
        "mật khẩu 123456",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "1234567890123",
        "qwertyuiopqw",
        "motcua-motcua-2026",
        "adminadminadmin",
        "quanly.quanly.2026",  # the name itself
        "dài" * 100,
    ],
)
def test_a_short_or_common_password_is_refused_with_a_reason(password: str) -> None:
    assert why_refused(password, name="quanly") != ""


@pytest.mark.parametrize(
    "password", ["con đường lát gạch đỏ", "correct horse battery", "x7Gq-29vv-LLpo", "ngõ 12 vắng"]
)
def test_length_is_enough_and_no_kind_of_letter_is_asked_for(password: str) -> None:
    refused = why_refused(password, name="quanly")

    assert (refused == "") == (len(password) >= 12)


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    one, two = password_hash("con đường lát gạch"), password_hash("con đường lát gạch")

    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != two
    assert is_right("con đường lát gạch", one)
    assert not is_right("con đường lát gach", one)


def test_both_spellings_of_vietnamese_letters_are_one_password() -> None:
    composed, decomposed = "đường về nh\u00e0 xa", "đường về nha\u0300 xa"

    assert is_right(decomposed, password_hash(composed))


def test_nobody_has_the_password_of_an_account_that_is_not_there() -> None:
    assert not is_right("nobody has this password", "")
    assert not is_right("con đường lát gạch", "not a hash")
