"""What intake knows: a projection of FACTS and REJECTS in one SQLite file, and what is newer."""

from .facts import FactsFold, Recall
from .publishers import PublisherBook, Recent, Standing
from .rejects import RejectRow, RejectsFold
from .schema import open_store
from .unknown import UnknownBook, UnknownRow

__all__ = [
    "FactsFold",
    "PublisherBook",
    "Recall",
    "Recent",
    "RejectRow",
    "RejectsFold",
    "Standing",
    "UnknownBook",
    "UnknownRow",
    "open_store",
]
