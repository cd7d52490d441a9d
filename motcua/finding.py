"""What `motcua doctor` says of one thing: how bad it is, and what to do."""

from enum import StrEnum, unique

from msgspec import Struct


@unique
class Grade(StrEnum):
    """How bad it is."""

    GOOD = "ổn"
    WARN = "chú ý"
    BAD = "hỏng"


class Finding(Struct, frozen=True):
    """One thing looked at."""

    what: str
    grade: Grade
    text: str
