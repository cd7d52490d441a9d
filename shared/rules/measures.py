"""What the indicators and targets count, as data: see the head of `measures.toml`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class Measured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ratio: things of a subject that have the facets `of`, and of these `counted`."""

    id: str
    subject: str
    of: tuple[str, ...]
    counted: tuple[str, ...]
    note: str = ""


class Publishing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Working days between a decision, the law's day and the day a procedure is public."""

    announce_days_before: int
    announce_days_before_provincial: int
    public_days_after: int
    public_days_after_provincial: int
    source: str


class SensitiveFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields with a satisfaction target of their own, by words of their names."""

    words: tuple[str, ...]
    source: str

    def among(self, names: Mapping[str, str]) -> frozenset[str]:
        """Return the codes of those fields; `names` is code to name."""
        return frozenset(
            code
            for code, name in names.items()
            if any(word.casefold() in name.casefold() for word in self.words)
        )


class MeasureRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file `measures.toml`."""

    schema: int
    publishing: Publishing
    sensitive_fields: SensitiveFields
    measure: tuple[Measured, ...]


@cache
def load_measures() -> MeasureRules:
    """Read the shipped measures.

    Raises:
        msgspec.ValidationError: the file is not as its head says; the message names the place.
    """
    text = (files("shared.rules") / "measures.toml").read_bytes()
    return msgspec.toml.decode(text, type=MeasureRules)
