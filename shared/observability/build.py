"""Which version runs, as a series of every service."""

from importlib.metadata import PackageNotFoundError, version

from shared.observability.exposition import Page


def show_build(page: Page, service: str) -> None:
    """Show `dvc_build_info`; the version is 0 where Một Cửa runs without being installed."""
    try:
        running = version("motcua")
    except PackageNotFoundError:
        running = "0"
    page.gauge("dvc_build_info", "The running version; always 1.", ("service", "version")).set(
        (service, running), 1
    )
