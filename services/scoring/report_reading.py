"""Which report somebody gets: what was published of a period, or what is known of it now."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct
from nats.errors import Error as NatsError

from shared.calendar.civil_time import instant_of
from shared.errors import TemporarilyUnavailable
from shared.ledger.reader import LogGapError
from shared.rules.targets import Plan
from shared.runtime import Refusal

from .domain.closing import Figures, end_of_period
from .domain.contribution import OPEN
from .domain.period_report import PeriodReport, TargetResult, digest_of
from .domain.report import zeros
from .domain.stages import STAGES
from .drawing import Drawn, target_results
from .publications import NotReproducibleError, Publications
from .questions import agencies_under, months_or_refusal
from .reading import Reading

# A report that took long to draw up is shown for so many times as long.
_KEPT_FACTOR = 10.0
_KEPT_SECONDS = 60.0
_KEPT_MAX = 24


class ReportView(Struct, frozen=True, kw_only=True):
    """A report with where it stands; `number` is None where nothing was published of it."""

    report: PeriodReport
    canonical: bytes
    sha256: str
    position: int
    as_of: int
    is_ended: bool
    number: int | None
    figures: Sequence[Figures]
    open_now: Mapping[str, Mapping[str, int]]  # by agency; not under the hash
    targets: Sequence[TargetResult]  # of the plans that are to be shown


class ReportReading:
    """Answers about reports. `shown` and `shown_on` are the plans and the day of the settings."""

    def __init__(
        self,
        reading: Reading,
        publications: Publications,
        shown: Sequence[Plan],
        shown_on: date | None,
    ) -> None:
        self.reading = reading
        self.publications = publications
        self._shown, self._shown_on = shown, shown_on
        self._kept: dict[str, tuple[float, float, Drawn]] = {}

    async def view(
        self, period: str, agency: str = "", *, subtree: bool = False, number: int | None = None
    ) -> ReportView:
        """Return a period's report: as published last, or as `number` said, or as of now.

        Raises:
            Refusal: 422 for what is no period, 503 while there are no numbers, 404 for a
                correction that there is not, 409 where rules changed and the bytes are gone.
        """
        months_or_refusal(period)
        self.reading.require_current()
        figures = self.publications.figures(period)
        chosen = _chosen(figures, number)
        if chosen is not None:
            canonical = await self._published(period, chosen)
            report = msgspec.json.decode(canonical, type=PeriodReport)
            position, as_of = chosen.position, end_of_period(period) - 1
        else:
            drawn = await self._drawn(period)
            report, canonical = drawn.report, drawn.canonical
            position, as_of = drawn.position, drawn.as_of
        if agency:
            among = self._among(agency, report, subtree=subtree)
            is_province = agency == self.publications.province
            report = report.of(agency, among, is_province=is_province)
            canonical = report.canonical()
        return ReportView(
            report=report, canonical=canonical, sha256=digest_of(canonical), position=position,
            as_of=as_of, is_ended=end_of_period(period) <= self.reading.scoring.fold.as_of,
            number=chosen.number if chosen is not None else None, figures=figures,
            open_now=self._open_now(agency, report), targets=self._targets(report),
        )  # fmt: skip

    async def _published(self, period: str, chosen: Figures) -> bytes:
        try:
            return await self.publications.body(period, chosen)
        except NotReproducibleError:
            raise Refusal(
                409,
                "Bản đã công bố không dựng lại được: quy tắc hoặc danh mục đã đổi từ đó. Mã băm "
                "vẫn ở trong nhật ký; lấy bản sao lưu của thư mục reports nếu cần.",
                "What was published cannot be drawn up by today's rules and catalogue.",
            ) from None
        except (LogGapError, NatsError, TimeoutError, OSError) as error:
            raise TemporarilyUnavailable("the log did not answer") from error

    async def _drawn(self, period: str) -> Drawn:
        loop = asyncio.get_running_loop()
        started = loop.time()
        kept = self._kept.get(period)
        if kept is not None:
            made_at, took, drawn = kept
            is_same = drawn.position == self.reading.scoring.position.sequence
            if started - made_at < (_KEPT_SECONDS if is_same else took * _KEPT_FACTOR):
                return drawn
        self.reading.scoring.commit()
        drawn = await self.reading.walk(self.publications.draw(period))
        self._kept[period] = (loop.time(), loop.time() - started, drawn)
        while len(self._kept) > _KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        return drawn

    def _among(self, agency: str, report: PeriodReport, *, subtree: bool) -> frozenset[str]:
        if not subtree:
            return frozenset({agency})
        return agencies_under(self.reading.catalogue, agency, report.agencies)

    def _open_now(self, agency: str, report: PeriodReport) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        index = self.reading.scoring.numbers.index
        for code, rest, value in index.rows(OPEN):
            if not agency or code in report.agencies or code == agency:
                found.setdefault(code, zeros(STAGES))[rest[1]] += value
        return found

    def _targets(self, report: PeriodReport) -> list[TargetResult]:
        """The targets of the plans to be shown; the report itself names all that bind."""
        if self._shown_on is None:
            ids = {plan.id for plan in self._shown}
            return [one for one in report.targets if one.plan in ids]
        province = self.publications.province
        rows = {**report.agencies}
        if report.agency is None and province:
            rows[province] = report.total
        return target_results(
            self._shown, self.reading.catalogue, rows, report.period, self._shown_on
        )


def _chosen(figures: Sequence[Figures], number: int | None) -> Figures | None:
    if number is None:
        return figures[-1] if figures else None
    for one in figures:
        if one.number == number:
            return one
    raise Refusal(404, "Kỳ này không có lần công bố đó.", "No such correction of this period.")


def instant_text(epoch: int) -> str:
    """An epoch second as RFC 3339."""
    return instant_of(epoch).isoformat()
