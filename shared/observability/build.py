"""What runs, as series of every service: the version of the program, the calendar in force."""

from importlib.metadata import PackageNotFoundError, version

from shared.observability.exposition import Page


class Running:
    """`dvc_build_info` and `dvc_calendar_info` of one service."""

    def __init__(self, page: Page, service: str) -> None:
        """Show the version; it is 0 where Một Cửa runs without being installed."""
        try:
            running = version("motcua")
        except PackageNotFoundError:
            running = "0"
        self._service = service
        labels = ("service", "version")
        page.gauge("dvc_build_info", "The running version; always 1.", labels).set(
            (service, running), 1
        )
        self._calendar = page.gauge(
            "dvc_calendar_info",
            "The working calendar in force; the same version is the same due times. Always 1.",
            labels,
        )

    def show_calendar(self, calendar_version: str) -> None:
        """Say by which calendar this service counts."""
        self._calendar.set((self._service, calendar_version), 1)
