"""What a service says about itself: log lines, metrics, health."""

from shared.observability.endpoints import HealthReport, make_endpoints
from shared.observability.exposition import CONTENT_TYPE, Page
from shared.observability.family import Family, Kind, Labels, table
from shared.observability.histogram import HistogramSeries
from shared.observability.logging import ServiceLog, configure_logging, get_logger
from shared.observability.series import CounterSeries, GaugeSeries

__all__ = [
    "CONTENT_TYPE",
    "CounterSeries",
    "Family",
    "GaugeSeries",
    "HealthReport",
    "HistogramSeries",
    "Kind",
    "Labels",
    "Page",
    "ServiceLog",
    "configure_logging",
    "get_logger",
    "make_endpoints",
    "table",
]
