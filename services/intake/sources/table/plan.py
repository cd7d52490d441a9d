"""What a mapping file may say, and the checks that refuse it before any row is read.

A mapping names columns (`values`), constants, and which facts a dossier's rows become (`facts`).
Everything that the rows will need is checked here: event types, their fields, patterns, zones.
"""

import re
import tomllib
from enum import StrEnum, unique
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct, field

from services.intake.sources.instants import ISO
from shared.events.envelope import EVENT_TYPES

DUE = "due"  # in a fact's data: becomes due_on for a bare day, else due_at (D8)
Plain = str | bool | int


class MappingError(ValueError):
    """The mapping file cannot be used; the message says where and why, in Vietnamese."""


@unique
class Kind(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    TIME = "time"
    NUMBER = "number"
    HUNDREDTHS = "hundredths"  # 17,86 or 17.86 is 1786
    FLAG = "flag"


@unique
class Unknown(StrEnum):
    """What a value outside the table (or the pattern) does to its row. Never a guess."""

    REJECT = "reject"
    NULL = "null"
    DEFAULT = "default"


@unique
class Merge(StrEnum):
    """How the rows of one dossier agree on a value. None of these depends on their order."""

    SAME = "same"
    MIN = "min"
    MAX = "max"


@unique
class Each(StrEnum):
    """Whether a fact is said once per dossier or once per row."""

    CASE = "case"
    ROW = "row"


class SubjectRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Which column holds the dossier code, and the form it must have.

    Or, for what is no dossier, the values that name it together, joined by `/`.
    """

    column: str = ""
    of: list[str] = []
    code_pattern: str = r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,79}"


class ValueRule(Struct, frozen=True, forbid_unknown_fields=True):
    """How one column becomes one value. `values` is matched without regard to case and spacing."""

    column: str
    kind: Kind = Kind.TEXT
    values: dict[str, Plain] = {}
    unknown: Unknown = Unknown.REJECT
    default: Plain | None = None
    pattern: str = ""
    extract: str = ""  # a regular expression; its first group is the value
    forms: list[str] = []  # for kind "time"; empty: the mapping's own
    optional: bool = False  # the file may lack the column: then every cell of it is empty
    merge: Merge = Merge.SAME


class FactRule(Struct, frozen=True, forbid_unknown_fields=True):
    """When a fact is said (`time`, `when`, `unless`), what it says, and what makes it new."""

    type: str
    time: str
    data: dict[str, str]
    not_before: str = ""  # a bare day is never before this time of the same day
    each: Each = Each.CASE
    row_key: list[str] = []  # columns that tell the rows of one dossier apart
    required: bool = False  # without `time` the dossier is refused instead of the fact left out
    when: dict[str, list[Plain]] = {}
    unless: dict[str, list[Plain]] = {}
    when_given: list[str] = []  # values without which there is nothing to say
    revision: list[str] = []  # values that may change in a later export (identity.fact_id)

    @property
    def names(self) -> set[str]:
        """Every value and constant the fact is made of."""
        found = {self.time, *self.data.values(), *self.when, *self.unless, *self.when_given}
        return found | {*self.revision, *filter(None, [self.not_before])}


class SkipRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that are not dossiers: totals, signatures."""

    column: str
    pattern: str


class TableMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """One mapping file. `name` begins every event id: renaming it makes every fact new."""

    name: str
    title: str
    subject: SubjectRule
    values: dict[str, ValueRule]
    facts: list[FactRule]
    files: list[str] = []  # patterns of file names, lower case: "*receipt*.csv"
    publisher: str = ""  # the publisher to speak as when none is named
    zone: str = "Asia/Ho_Chi_Minh"
    forms: list[str] = field(default_factory=lambda: [ISO])
    nothing: list[str] = []  # texts that mean an empty cell
    constants: dict[str, Plain] = {}
    skip: list[SkipRule] = []
    sheet: str = ""  # of a workbook; empty: the first one with the header

    @property
    def columns(self) -> list[str]:
        """Every column that is read, in order of mention, each once."""
        found = [self.subject.column, *(rule.column for rule in self.values.values())]
        found += [column for rule in self.facts for column in rule.row_key]
        found += [rule.column for rule in self.skip]
        return list(dict.fromkeys(filter(None, found)))

    @property
    def required_columns(self) -> list[str]:
        """The columns without which a file cannot be read."""
        optional = {rule.column for rule in self.values.values() if rule.optional}
        return [column for column in self.columns if column not in optional]


def parsed(text: str) -> TableMapping:
    """Return the mapping that a TOML text describes.

    Raises:
        MappingError: with the first thing that is wrong.
    """
    try:
        mapping = msgspec.convert(tomllib.loads(text), TableMapping)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"không phải TOML hợp lệ: {error}") from None
    except msgspec.ValidationError as error:
        raise MappingError(f"sai cấu trúc: {error}") from None
    for rule in mapping.values.values():
        _check_value(rule)
    for name, pattern in _patterns(mapping):
        _check_pattern(name, pattern)
    _check_zone(mapping.zone)
    if not re.fullmatch(r"[a-z][a-z0-9_-]{1,31}", mapping.name):
        raise MappingError("name phải là chữ thường không dấu, chữ số, - hoặc _ (2 đến 32 ký tự)")
    _check_subject(mapping)
    if not mapping.facts:
        raise MappingError("cần ít nhất một mục [[facts]]")
    for fact in mapping.facts:
        _check_fact(fact, mapping)
    if len({tuple(fact.row_key) for fact in mapping.facts if fact.each is Each.ROW}) > 1:
        raise MappingError("mọi mục each = 'row' phải có cùng row_key")
    return mapping


def _check_subject(mapping: TableMapping) -> None:
    subject = mapping.subject
    if bool(subject.column) == bool(subject.of):
        raise MappingError("subject cần column (mã hồ sơ) hoặc of (các giá trị), không cả hai")
    for name in subject.of:
        if name not in mapping.values:
            raise MappingError(f"subject.of: {name!r} không có trong [values]")


def _check_value(rule: ValueRule) -> None:
    if rule.unknown is Unknown.DEFAULT and rule.default is None:
        raise MappingError(f"cột {rule.column!r}: unknown = 'default' cần có default")


def _patterns(mapping: TableMapping) -> list[tuple[str, str]]:
    return [
        ("subject.code_pattern", mapping.subject.code_pattern),
        *((f"values.{name}.pattern", rule.pattern) for name, rule in mapping.values.items()),
        *((f"values.{name}.extract", rule.extract) for name, rule in mapping.values.items()),
        *(("skip.pattern", rule.pattern) for rule in mapping.skip),
    ]


def _check_pattern(name: str, pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise MappingError(f"{name} không phải biểu thức chính quy: {error}") from None
    if name.endswith(".extract") and pattern and not groups:
        raise MappingError(f"{name} cần một nhóm ngoặc tròn")


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise MappingError(f"không có múi giờ {zone!r}") from None


def _check_fact(rule: FactRule, mapping: TableMapping) -> None:
    event = EVENT_TYPES.get(rule.type)
    noun = "measure" if mapping.subject.of else "dossier"
    if event is None or not rule.type.startswith(f"{noun}."):
        raise MappingError(f"không có loại sự kiện {noun} {rule.type!r}")
    known = {*mapping.values, *mapping.constants}
    for name in sorted(rule.names):
        if name not in known:
            raise MappingError(f"{rule.type}: {name!r} không có trong [values] hay [constants]")
    if rule.time not in mapping.values or mapping.values[rule.time].kind is not Kind.TIME:
        raise MappingError(f"{rule.type}: time phải là một giá trị kind = 'time'")
    if rule.each is Each.ROW and not rule.row_key:
        raise MappingError(f"{rule.type}: each = 'row' cần row_key")
    _check_data(rule, event)


def _check_data(rule: FactRule, event: type[Any]) -> None:
    fields = {item.name: item for item in msgspec.structs.fields(event)}
    given = set(rule.data)
    if DUE in given and {"due_at", "due_on"} <= set(fields):
        given = given - {DUE} | {"due_at", "due_on"}
    for name in given - set(fields):
        raise MappingError(f"{rule.type}: không có trường {name!r}")
    missing = sorted(name for name, item in fields.items() if item.required and name not in given)
    if missing:
        raise MappingError(f"{rule.type}: thiếu trường bắt buộc {', '.join(missing)}")
