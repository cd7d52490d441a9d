"""One cell into one value, or the reason why not. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from services.intake.sources.instants import Moment, UnreadableTimeError, moment
from shared.errors import RejectReason

from .plan import Kind, Plain, TableMapping, Unknown, ValueRule

Value = Plain | Moment | None
_YES = {"1", "true", "x", "có", "co", "đúng", "yes", "rồi"}
_NO = {"0", "false", "không", "khong", "sai", "no", "chưa"}
_NUMBER = re.compile(r"(\d{1,18}|\d{1,3}(?:[.,\s]\d{3}){1,5})(?:[.,]0{1,2})?")
_HUNDREDTHS = re.compile(r"(\d{1,8})(?:[.,](\d{1,2}))?")
_SHOWN_LENGTH_MAX = 40


class CellRefused(Exception):  # noqa: N818 - the name says what it is
    """The row cannot be used. `detail` is for the operator of the file, in Vietnamese."""

    def __init__(self, reason: RejectReason, detail: str, column: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.column = column


class Tally(Struct):
    """How the values of each table were mapped: (name, as written, as recorded) → dossiers."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


class Read(NamedTuple):
    """A value, the text it was read from, and whether that text is in none of the tables."""

    value: Value
    written: str
    unknown: bool


def plain_text(written: object) -> str:
    """Return a cell as text: NFC, spaces collapsed, 12.0 as 12, nothing as ""."""
    if written is None:
        return ""
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    return " ".join(unicodedata.normalize("NFC", str(written)).split())


class CellReader:
    """Reads cells by the rules of one mapping. Tables and patterns are prepared once."""

    def __init__(self, mapping: TableMapping) -> None:
        self._forms = mapping.forms
        self._zone = ZoneInfo(mapping.zone)
        self._nothing = {plain_text(text).casefold() for text in mapping.nothing} | {""}
        self._tables: dict[int, Mapping[str, Plain]] = {
            id(rule): {plain_text(key).casefold(): value for key, value in rule.values.items()}
            for rule in mapping.values.values()
        }

    def is_nothing(self, written: object) -> bool:
        """Whether a cell is empty or holds one of the texts that mean so."""
        return plain_text(written).casefold() in self._nothing

    def read(self, rule: ValueRule, cells: Mapping[str, object]) -> Read:
        """Return what a row says under `rule`.

        Raises:
            CellRefused: the value is unmapped or unreadable and the rule refuses such rows.
        """
        written = cells.get(rule.column)
        text = plain_text(written)
        table = self._tables[id(rule)]
        if text.casefold() in table:
            return Read(table[text.casefold()], text, unknown=False)
        if self.is_nothing(written):
            return Read(None, "", unknown=False)
        if table:
            why = "chưa có trong bảng giá trị"
            return self._unknown(rule, text, RejectReason.UNMAPPED_ROW, why)
        if rule.kind is Kind.TIME:
            return self._time(rule, written, text)
        value = self._plain(rule, text)
        if value is None:
            reason = RejectReason.INVALID_FIELD
            return self._unknown(rule, text, reason, "không đúng mẫu đã khai báo")
        return Read(value, text, unknown=False)

    def _plain(self, rule: ValueRule, text: str) -> Plain | None:
        if rule.kind is Kind.FLAG:
            folded = text.casefold()
            return True if folded in _YES else False if folded in _NO else None
        if rule.kind is Kind.NUMBER:
            number = _NUMBER.fullmatch(text)
            return int(re.sub(r"\D", "", number.group(1))) if number else None
        if rule.kind is Kind.HUNDREDTHS:
            points = _HUNDREDTHS.fullmatch(text)
            return int(points.group(1) + (points.group(2) or "").ljust(2, "0")) if points else None
        if rule.pattern and not re.fullmatch(rule.pattern, text):
            return None
        if rule.extract:
            found = re.search(rule.extract, text)
            return found.group(1) if found else None
        return text

    def _time(self, rule: ValueRule, written: object, text: str) -> Read:
        try:
            found = moment(written, forms=rule.forms or self._forms, zone=self._zone)
        except UnreadableTimeError:
            reason = RejectReason.INVALID_FIELD
            return self._unknown(rule, text, reason, "không đọc được ngày giờ")
        return Read(found, text, unknown=False)

    @staticmethod
    def _unknown(rule: ValueRule, text: str, reason: RejectReason, why: str) -> Read:
        if rule.unknown is Unknown.REJECT:
            shown = text if len(text) <= _SHOWN_LENGTH_MAX else f"{text[:_SHOWN_LENGTH_MAX]}…"
            raise CellRefused(reason, f"cột “{rule.column}”: “{shown}” {why}", rule.column)
        value = rule.default if rule.unknown is Unknown.DEFAULT else None
        return Read(value, text, unknown=True)
