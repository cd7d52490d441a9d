"""What Prometheus and the supervisor ask a service."""

from litestar import Litestar
from litestar.testing import TestClient

from shared.observability import HealthReport, Page, make_endpoints


class Says:
    def __init__(self, *reasons: str) -> None:
        self._reasons = reasons

    def report(self) -> HealthReport:
        return HealthReport(ready=not self._reasons, reasons=self._reasons)


def app(*reasons: str, series: int = 1) -> Litestar:
    page = Page(with_process=False)
    gauge = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency",))
    for number in range(series):
        gauge.set((f"H44-{number}",), number)
    return Litestar(make_endpoints(page, Says(*reasons)), openapi_config=None)


def test_metrics_have_the_content_type_that_prometheus_3_insists_on() -> None:
    with TestClient(app()) as client:
        answer = client.get("/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith('dvc_dossiers_open{agency="H44-0"} 0\n')


def test_a_big_page_is_packed_only_for_who_can_unpack_it() -> None:
    with TestClient(app(series=2000)) as client:
        packed = client.get("/metrics", headers={"accept-encoding": "gzip"})
        plain = client.get("/metrics", headers={"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text


def test_a_service_that_is_not_ready_says_why_and_is_alive_all_the_same() -> None:
    with TestClient(app("connected: not yet")) as client:
        ready, live = client.get("/health/ready"), client.get("/health/live")

    assert (ready.status_code, live.status_code) == (503, 200)
    assert ready.json() == {"ready": False, "reasons": ["connected: not yet"]}


def test_a_ready_service_says_so() -> None:
    with TestClient(app()) as client:
        ready = client.get("/health/ready")

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})
