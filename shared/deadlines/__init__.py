"""When a dossier is due, paused, overdue or over: judged once, for every service alike. Pure."""

from shared.deadlines.reading import (
    DossierStage,
    is_open,
    is_paused,
    overdue_from,
    soon_from,
    stage_at,
)
from shared.deadlines.state import DeadlineState, Ending, Waiting, end_of
from shared.deadlines.step import Limits, cutoff_of, deadline_step, due_epoch, limits_of

__all__ = [
    "DeadlineState",
    "DossierStage",
    "Ending",
    "Limits",
    "Waiting",
    "cutoff_of",
    "deadline_step",
    "due_epoch",
    "end_of",
    "is_open",
    "is_paused",
    "limits_of",
    "overdue_from",
    "soon_from",
    "stage_at",
]
