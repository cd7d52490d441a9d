"""One dossier of a payload, read field by field. Personal fields are never looked at."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from services.intake.sources.identity import checked_fact, fact_id, kind_of
from services.intake.sources.instants import ISO, Moment, UnreadableTimeError, moment
from shared.calendar.civil_time import HO_CHI_MINH
from shared.errors import InvalidFact, RejectReason
from shared.events.envelope import Fact
from shared.events.fields import Event

from . import codes
from .outcome import Rejection, Translation, UnknownCode, Untold

FORMS = (
    "%Y%m%d%H%M%S",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    ISO,  # also reads yyyyMMdd
)
# Source: [TT-01-2018] article 19, [QD-20-2020]: the code begins with the agency that issued it.
_AGENCY = re.compile(r"(?:\d{3}(?:\.\d{2}){2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{2,3}){0,3})")
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,79}")
_FIELD_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_AMOUNT = re.compile(r"(\d{1,18}|\d{1,3}(?:[.,]\d{3}){1,5})(?:[.,]0{1,2})?")

Coded = TypeVar("Coded", bound=StrEnum)


class DossierPayload:
    """Reads one element of `data` and collects what comes out of it."""

    def __init__(self, fields: Mapping[str, Any], index: int, *, source: str) -> None:
        self._fields = fields
        self._index = index
        self._source = source
        self.out = Translation([], [], [], [])
        self.code = codes.text_of(fields.get("MaHoSo"))
        self.agency_code = self._agency()

    def moment(self, field: str, *, of: Mapping[str, Any] | None = None) -> Moment | None:
        """Return the time in a field; unreadable ones are refused and give None."""
        try:
            written = (of if of is not None else self._fields).get(field)
            if isinstance(written, int) and not isinstance(written, bool):
                written = codes.text_of(written)  # yyyyMMddHHmmss sent as a number
            return moment(written, forms=FORMS, zone=HO_CHI_MINH)
        except UnreadableTimeError as error:
            self.refuse(RejectReason.INVALID_FIELD, str(error), field)
            return None

    def text(self, field: str) -> str:
        """Return a field as trimmed text, "" when absent."""
        return codes.text_of(self._fields.get(field))

    def flag(self, field: str) -> bool | None:
        """Return a flag; a value that is neither yes nor no is counted and gives None."""
        found = codes.flag_of(self._fields.get(field))
        if found is None:
            self.count_unknown(field)
        return found

    def coded(self, field: str, table: Mapping[str, Coded]) -> Coded | None:
        """Return the value a code stands for; None when empty, or counted when not in `table`."""
        found = table.get(self.text(field))
        if found is None:
            self.count_unknown(field)
        return found

    def field_code(self) -> str | None:
        """Return MaLinhVuc, None when empty, or counted when it cannot be a code."""
        text = self.text("MaLinhVuc")
        if _FIELD_CODE.fullmatch(text):
            return text
        self.count_unknown("MaLinhVuc")
        return None

    def status(self, field: str) -> codes.Status:
        """Return the status; an unknown one is counted and the dossier refused: nothing moves."""
        status = codes.status_of(self._fields.get(field))
        if status is codes.Status.UNKNOWN:
            self.count_unknown(field)
            self.refuse(RejectReason.INVALID_FIELD, f"{field} is none of the codes 1-10", field)
        return status

    def items(self, field: str) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of a list field, also of a list wrapped in one more object."""
        found = self._fields.get(field)
        if isinstance(found, dict):
            found = next((value for value in found.values() if isinstance(value, list)), [found])
        if isinstance(found, list):
            yield from (item for item in found if isinstance(item, dict))

    def fees_vnd(self) -> int | None:
        """Return the sum of DanhSachLePhi in đồng; None without a list or when refused."""
        total: int | None = None
        for item in self.items("DanhSachLePhi"):
            match = _AMOUNT.fullmatch(codes.text_of(item.get("Gia")))
            if match is None:
                self.refuse(RejectReason.INVALID_FIELD, "Gia is not an amount", "DanhSachLePhi")
                return None
            total = (total or 0) + int(re.sub(r"[.,]", "", match.group(1)))
        return total

    def say(self, event: Event, at: datetime, *, revision: str = "") -> None:
        """Add a fact under its derived id, or the reason why it cannot be one."""
        try:
            self.out.facts.append(self._fact(event, at, revision))
        except InvalidFact as error:
            self.refuse(error.reason, error.detail, error.field)

    def refuse(self, reason: RejectReason, detail: str, field: str) -> None:
        """Add a rejection, one per field: the first reason is the one to mend."""
        if field not in {rejection.field for rejection in self.out.rejections}:
            self.out.rejections.append(Rejection(reason, detail, field, self._index))

    def leave_untold(self, field: str, status: codes.Status) -> None:
        """Note that this payload cannot tell when the status began."""
        self.out.untold.append(Untold(field, status.value, self._index))

    def _fact(self, event: Event, at: datetime, revision: str) -> Fact:
        return checked_fact(
            event,
            id=fact_id("dvcqg", self.code, kind_of(event), at=at, revision=revision),
            source=self._source,
            subject=self.code,
            time=at,
        )

    def _agency(self) -> str:
        if not _SUBJECT.fullmatch(self.code):
            self.refuse(
                RejectReason.INVALID_DOSSIER_CODE, "MaHoSo is missing or malformed", "MaHoSo"
            )
            return ""
        # DonViXuLy is a name in most systems, and a code in some.
        for candidate in (self.code.partition("-")[0], self.text("DonViXuLy")):
            if _AGENCY.fullmatch(candidate):
                return candidate
        self.refuse(
            RejectReason.INVALID_FIELD, "neither MaHoSo nor DonViXuLy names an agency", "DonViXuLy"
        )
        return ""

    def count_unknown(self, field: str) -> None:
        """Note a code that is in none of our tables; nothing where nothing is written."""
        if self.text(field):
            code = UnknownCode(field, codes.showable(self._fields.get(field)), self._index)
            if code not in self.out.unknown:
                self.out.unknown.append(code)
