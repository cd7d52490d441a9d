"""Which routes answer an operator of some agencies: these, each asked in a test on a broker.

A new route is closed to them until it is marked `WITHIN` and stands here (test_scope.py).
"""

from pathlib import Path

import pytest

from tests.support.at_rest import SERVICES, addresses, at_rest, browser
from tests.support.logging_in import LIMITED_TOKEN, write_operators

EVERYWHERE = {"GET /live", "POST /dang-xuat"}
SCOPED = {
    "intake": set(),
    "scoring": {
        "GET /", "GET /ho-so", "GET /ho-so.csv", "GET /ho-so/{code}", "GET /tim",
        "GET /v1/dossiers/{code}",
    },
    "notifier": {
        "GET /", "GET /alerts.csv", "GET /dossiers/{code}", "GET /told", "GET /silences",
        "GET /meeting", "GET /letters/{code}", "GET /v1/alerts", "GET /v1/alerts/{alert_id}",
        "POST /alerts/{alert_id}/acknowledge", "POST /alerts/{alert_id}/silence",
        "POST /silences/{alert_id}/end", "POST /silences", "POST /explanations/{code}",
        "POST /apologies/{code}", "POST /v1/alerts/{alert_id}/acknowledge",
        "POST /v1/alerts/{alert_id}/silence",
    },
    "postal_gateway": {
        "GET /", "GET /parcels.csv", "GET /parcels/{code}", "POST /parcels/{code}",
        "GET /slips/{item}", "GET /v1/parcels", "GET /v1/custody",
    },
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_the_routes_open_to_an_operator_of_some_agencies_are_written_down(
    service: str, tmp_path: Path
) -> None:
    marked = {
        f"{one.method} {one.template}"
        for one in addresses(at_rest(service, tmp_path))
        if one.is_scoped
    }

    assert marked == SCOPED[service] | EVERYWHERE


@pytest.mark.parametrize("service", SERVICES)
async def test_every_other_route_refuses_an_operator_of_some_agencies_in_words(
    service: str, tmp_path: Path
) -> None:
    operators = write_operators(tmp_path / "operators.json", limited_to=("H44.01",))
    app = at_rest(service, tmp_path, operators=operators)
    headers = {"Authorization": f"Bearer {LIMITED_TOKEN}"}
    asked = [
        one
        for one in addresses(app)
        if not one.is_scoped and one.needed not in {"anyone", "metrics"}
    ]

    async with browser(app) as client:
        for one in asked:
            address = one.template.replace("{", "").replace("}", "")
            answer = await client.request(one.method, address, headers=headers)

            assert answer.status_code == 403, one
            assert one.method == "HEAD" or "toàn tỉnh" in answer.json()["message_vi"], one
    assert asked
