"""The page that Prometheus scrapes, valid for 2.42 and 3.x.

A page is one instant: what changed is copied in one go, then rendered in pieces that leave the
event loop free. Two scrapes at once get the same page.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client import generate_latest as _client_page

from shared.observability.family import Family, Kind, Labels
from shared.observability.histogram import SECONDS_BOUNDS, HistogramSeries
from shared.observability.series import CounterSeries, GaugeSeries, Snapshot

# Litestar adds `; charset=utf-8` to every text type.
CONTENT_TYPE: Final = "text/plain; version=0.0.4"
# Blocks rendered before the loop is let go: about 2 ms.
_BLOCKS_IN_A_ROW: Final = 16
# Below this a scrape gains nothing from compression.
_COMPRESS_FROM_BYTES: Final = 16_384

_S = TypeVar("_S", GaugeSeries, CounterSeries, HistogramSeries)


class Page:
    """All families of one process, in the order of their names."""

    def __init__(self, *, with_process: bool = True) -> None:
        self._series: dict[str, GaugeSeries | CounterSeries | HistogramSeries] = {}
        self._before: list[Callable[[], None]] = []
        self._lock = asyncio.Lock()
        self._compressed: tuple[bytes, bytes] = (b"", b"")
        self._registry: CollectorRegistry | None = None
        if with_process:
            self._registry = CollectorRegistry()
            ProcessCollector(registry=self._registry)
            PlatformCollector(registry=self._registry)

    @property
    def families(self) -> list[Family]:
        """What this page exposes, without the process's own series; for README tables."""
        return [self._series[name].family for name in sorted(self._series)]

    def gauge(self, name: str, text: str, labels: Labels = ()) -> GaugeSeries:
        """Open a family of gauges. Series appear when they are set."""
        series = GaugeSeries(Family(name, text, Kind.GAUGE, labels))
        return self._opened(name, series)

    def counter(
        self, name: str, text: str, labels: Labels = (), *, start: Iterable[Labels] = ()
    ) -> CounterSeries:
        """Open a family of counters. `start`: the series that stand at 0 from the beginning."""
        series = CounterSeries(Family(name, text, Kind.COUNTER, labels), start)
        return self._opened(name, series)

    def histogram(
        self,
        name: str,
        text: str,
        labels: Labels = (),
        *,
        bounds: Sequence[float] = SECONDS_BOUNDS,
        start: Iterable[Labels] = (),
    ) -> HistogramSeries:
        """Open a family of histograms with upper bounds in the family's unit."""
        series = HistogramSeries(Family(name, text, Kind.HISTOGRAM, labels), bounds, start)
        return self._opened(name, series)

    def before_render(self, refresh: Callable[[], None]) -> None:
        """Call `refresh` before every page, in the same instant: for numbers kept elsewhere."""
        self._before.append(refresh)

    async def render(self) -> bytes:
        """The whole page as of this instant; never holds the loop for more than a few ms."""
        async with self._lock:
            for refresh in self._before:
                refresh()
            pieces, waiting = self._instant()
            try:
                while waiting:
                    for snapshot, place in waiting[-_BLOCKS_IN_A_ROW:]:
                        pieces[place] = snapshot.rendered()
                    del waiting[-_BLOCKS_IN_A_ROW:]
                    await asyncio.sleep(0)
            finally:
                # A scraper that hung up must not leave an old text behind as if it were current.
                for snapshot, _ in waiting:
                    snapshot.block.is_dirty = True
            return b"".join(pieces)

    async def compressed(self, page: bytes) -> bytes | None:
        """The page as gzip, made in a thread; None where it is too small to gain from it."""
        if len(page) < _COMPRESS_FROM_BYTES:
            return None
        if self._compressed[0] != page:
            self._compressed = (page, await asyncio.to_thread(_gzip, page))
        return self._compressed[1]

    def _instant(self) -> tuple[list[bytes], list[tuple[Snapshot, int]]]:
        """The page's pieces, and the dirty blocks still to be put into their places."""
        pieces: list[bytes] = []
        waiting: list[tuple[Snapshot, int]] = []
        for name in sorted(self._series):
            series = self._series[name]
            if isinstance(series, HistogramSeries):
                pieces += (series.rendered(), b"\n")
                continue
            pieces.append(series.head)
            for block in series.blocks():
                if block.is_dirty:
                    waiting.append((Snapshot(block), len(pieces)))
                pieces.append(block.text)
            pieces.append(b"\n")
        if self._registry is not None:
            pieces.append(_client_page(self._registry))
        return pieces, waiting

    def _opened(self, name: str, series: _S) -> _S:
        if name in self._series:
            raise ValueError(f"{name} is already on this page")
        self._series[name] = series
        return series


def _gzip(page: bytes) -> bytes:
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(page) + packer.flush()
