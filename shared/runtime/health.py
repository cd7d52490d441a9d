"""Whether a service may be sent work: connected, caught up, and moving."""

from collections.abc import Callable, Iterable

from shared.observability import HealthReport

CONNECTED = "connected"
CAUGHT_UP = "caught_up"
MOVING = "moving"


class Health:
    """Named conditions; ready when every one of them holds. A new one does not hold yet."""

    def __init__(self, conditions: Iterable[str] = (CONNECTED, CAUGHT_UP)) -> None:
        self._why_not: dict[str, str] = dict.fromkeys(conditions, "not yet")
        self._watched: dict[str, Callable[[], str]] = {}

    def holds(self, condition: str) -> None:
        """Say that the condition holds from now on."""
        self._why_not[condition] = ""

    def fails(self, condition: str, reason: str) -> None:
        """Say that it does not, and why, in a few fixed words."""
        assert reason, "a failing condition has a reason"  # noqa: S101 - our own callers give one
        self._why_not[condition] = reason

    def watch(self, condition: str, why_not: Callable[[], str]) -> None:
        """Ask `why_not` whenever health is asked for; an empty answer means that it holds."""
        self._watched[condition] = why_not
        self._why_not.pop(condition, None)

    def ready(self) -> bool:
        """Whether every condition holds now."""
        return not self.reasons()

    def reasons(self) -> list[str]:
        """`condition: why not`, for each that does not hold; empty when ready."""
        why_not = self._why_not | {name: ask() for name, ask in self._watched.items()}
        return [f"{name}: {why}" for name, why in sorted(why_not.items()) if why]

    def report(self) -> HealthReport:
        """The answer of `/health/ready`."""
        reasons = self.reasons()
        return HealthReport(ready=not reasons, reasons=reasons)
