"""Passwords: argon2id hashes, and which ones are refused. Length counts, composition does not."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_CHARS_MIN: Final = 12
PASSWORD_CHARS_MAX: Final = 256
# The second choice of RFC 9106: 64 MiB, three passes. At most two are worked out at a time.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)

# What attackers try first, without the digits and signs that people hang on them.
_COMMON: Final = frozenset({
    "password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "pass", "qwerty",
    "qwertyuiopasdfghjkl", "iloveyou", "letmein", "welcome", "admin", "administrator", "root",
    "user", "test", "demo", "guest", "changeme", "default", "secret", "master", "monkey",
    "dragon", "sunshine", "princess", "football", "baseball", "superman", "matkhau", "matkhaumoi",
    "khongbiet", "anhyeuem", "emyeuanh", "conyeume", "vietnam", "hanoi", "saigon", "tphcm",
    "danang", "motcua", "motcuadientu", "dichvucong", "hanhchinhcong", "quantri", "vanhanh",
    "nhanvien", "bophanmotcua",
})  # fmt: skip
_ROWS: Final = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def why_refused(password: str, *, name: str) -> str:
    """Why this may not be the password of `name`, in Vietnamese; empty where it may."""
    text = _normal(password)
    if len(text) < PASSWORD_CHARS_MIN:
        return f"Mật khẩu cần ít nhất {PASSWORD_CHARS_MIN} ký tự; một câu dài dễ nhớ là tốt nhất."
    if len(text) > PASSWORD_CHARS_MAX:
        return f"Mật khẩu dài tối đa {PASSWORD_CHARS_MAX} ký tự."
    if _is_common(text, name):
        return "Mật khẩu này nằm trong số những mật khẩu bị thử đầu tiên; hãy chọn một câu khác."
    return ""


def password_hash(password: str) -> str:
    """Return the argon2id hash with its salt and parameters."""
    return _HASHER.hash(_normal(password))


def is_right(password: str, hashed: str) -> bool:
    """Whether the password has this hash. Where there is no hash it takes as long and is False."""
    if len(password) > PASSWORD_CHARS_MAX:
        return False
    try:
        _HASHER.verify(hashed or _DECOY, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(hashed)


def _normal(password: str) -> str:
    """One spelling of Vietnamese letters, whichever keyboard typed them."""
    return unicodedata.normalize("NFKC", password)


def _is_common(text: str, name: str) -> bool:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
        if letter.isalnum() or letter == "@"
    )  # fmt: skip
    words = {*_COMMON, name.casefold()}
    core = plain.strip("0123456789@")
    if any(plain in row * 8 or plain in row[::-1] * 8 for row in _ROWS):
        return True
    return len(set(plain)) <= 2 or core in words or _is_repeated(core, words)  # noqa: PLR2004 - one or two signs, over and over


def _is_repeated(core: str, words: set[str]) -> bool:
    return any(len(core) % len(w) == 0 and core == w * (len(core) // len(w)) for w in words if w)


_DECOY: Final = _HASHER.hash("nobody has this password")
