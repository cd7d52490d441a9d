"""What every service's process does alike: settings, web, health, watchdog, ending."""

from shared.runtime.background import Background, supervise
from shared.runtime.choices import require_choices
from shared.runtime.ending import EndProcess, ExitCode, PortInUse
from shared.runtime.health import CAUGHT_UP, CONNECTED, MOVING, Health
from shared.runtime.process import ProcessSettings, run_process
from shared.runtime.refusals import FieldFault, Refusal, RefusalCode, Refused
from shared.runtime.serving import run_service, serve, settle_memory
from shared.runtime.settings import (
    Secret,
    Setting,
    SettingsError,
    explain,
    from_env,
    unknown_variables,
)
from shared.runtime.watchdog import Watchdog
from shared.runtime.web import AnyRequest, Lifespan, make_web

__all__ = [
    "CAUGHT_UP",
    "CONNECTED",
    "MOVING",
    "AnyRequest",
    "Background",
    "EndProcess",
    "ExitCode",
    "FieldFault",
    "Health",
    "Lifespan",
    "PortInUse",
    "ProcessSettings",
    "Refusal",
    "RefusalCode",
    "Refused",
    "Secret",
    "Setting",
    "SettingsError",
    "Watchdog",
    "explain",
    "from_env",
    "make_web",
    "require_choices",
    "run_process",
    "run_service",
    "serve",
    "settle_memory",
    "supervise",
    "unknown_variables",
]
