"""Working days, working hours and due times of Vietnamese offices."""

from shared.calendar.civil_time import HO_CHI_MINH, civil_day, civil_instant, epoch_day
from shared.calendar.days import DayReason, DayStatus
from shared.calendar.due import DueTime, due_epoch, due_time, given_due_at, given_due_time
from shared.calendar.limits import (
    ExtendedBy,
    ExtendedTo,
    Extension,
    IntakeCutoff,
    Limit,
    Pause,
    SameDay,
    WorkingDays,
    WorkingHours,
)
from shared.calendar.loading import assumed_overrides, calendar_version, load_calendar
from shared.calendar.override_table import (
    Override,
    OverrideKind,
    OverrideStatus,
    OverrideTableError,
    override_year,
)
from shared.calendar.preview import (
    MovedDueTime,
    OpenDossier,
    OverridePreview,
    override_preview,
)
from shared.calendar.province_table import (
    ProvinceTable,
    province_calendar,
    province_table,
    table_in,
)
from shared.calendar.working_steps import Step, working_lines
from shared.calendar.working_time import (
    OFFICE_SESSIONS,
    Session,
    WorkingCalendar,
)

__all__ = [
    "HO_CHI_MINH",
    "OFFICE_SESSIONS",
    "DayReason",
    "DayStatus",
    "DueTime",
    "ExtendedBy",
    "ExtendedTo",
    "Extension",
    "IntakeCutoff",
    "Limit",
    "MovedDueTime",
    "OpenDossier",
    "Override",
    "OverrideKind",
    "OverridePreview",
    "OverrideStatus",
    "OverrideTableError",
    "Pause",
    "ProvinceTable",
    "SameDay",
    "Session",
    "Step",
    "WorkingCalendar",
    "WorkingDays",
    "WorkingHours",
    "assumed_overrides",
    "calendar_version",
    "civil_day",
    "civil_instant",
    "due_epoch",
    "due_time",
    "epoch_day",
    "given_due_at",
    "given_due_time",
    "load_calendar",
    "override_preview",
    "override_year",
    "province_calendar",
    "province_table",
    "table_in",
    "working_lines",
]
