"""How a process of ours ends: with a reason and a code that its supervisor understands."""

from enum import IntEnum, unique


@unique
class ExitCode(IntEnum):
    """What the process says to whoever started it."""

    STOPPED = 0
    FAILED = 1
    SETTINGS = 2
    PORT_IN_USE = 3
    # EX_SOFTWARE: start it again, it cannot mend itself.
    RESTART_ME = 70


class EndProcess(Exception):  # noqa: N818 - it is an order, not a fault of the code
    """Raised by a background task that cannot go on; `reason` is a few fixed words."""

    def __init__(self, reason: str, exit_code: ExitCode = ExitCode.RESTART_ME) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exit_code = exit_code


class PortInUse(EndProcess):
    """Another program listens where this service should."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__("port in use", ExitCode.PORT_IN_USE)
        self.host = host
        self.port = port

    def advice(self) -> str:
        """One line for the terminal: which port, and what to do."""
        return (
            f"Cổng {self.port} đang có chương trình khác dùng. Hãy dừng chương trình đó, hoặc chọn "
            f"dãy cổng khác: motcua run --ports {_other_base(self.port)}. | "
            f"Port {self.port} on {self.host} is in use: stop the program that has it, or choose "
            f"other ports with --ports."
        )


def _other_base(port: int) -> int:
    # A hundred further on: clear of all six ports of the base in use.
    base = port // 100 * 100 + 100
    return base if base <= 65_000 else 8400  # noqa: PLR2004 - the highest base with six ports
