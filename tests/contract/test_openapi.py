"""What each service's OpenAPI document promises, asked of the running service by schemathesis.

`MOTCUA_OPENAPI_EXAMPLES=1000` asks more of every operation.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Err
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.support import intake
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.posting import resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

pytestmark = pytest.mark.broker

EXAMPLES: Final = int(os.environ.get("MOTCUA_OPENAPI_EXAMPLES", "6"))
SERVICES: Final = ("intake", "scoring", "notifier", "postal_gateway")
# Whether an event that fits the document is accepted is for intake's own tests to say.
PROMISES: Final = [
    status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip


async def fed(server: TestServer, now: datetime) -> None:
    """A few dozen dossiers: open, overdue, resolved and handed to the post."""
    client = await server.client("intake")
    await resolved_by_post(client, 10, now)
    start = now - timedelta(days=60)
    due = (now - timedelta(days=20), now + timedelta(days=40))
    await publish(
        client,
        [received(code_of(n), start, AGENCIES[n % 5], due_at=due[n % 2]) for n in range(20, 60)],
    )
    await client.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ServiceProcess]]:
    """All four on one broker, ready, with something to tell."""
    home = tmp_path_factory.mktemp("openapi")
    with asyncio.Runner() as runner:
        server = TestServer(home / "nats", [intake.login()])
        processes = {
            name: intake.intake_process(server, home / name)
            if name == "intake"
            else ServiceProcess(name, server, home / name)
            for name in SERVICES
        }

        async def start() -> None:
            await (await server.start()).provisioned()
            await fed(server, datetime.now(UTC))
            for process in processes.values():
                await process.start()
            await asyncio.gather(*(process.ready(within=240) for process in processes.values()))

        async def stop() -> None:
            await asyncio.gather(*(process.stop() for process in processes.values()))
            await server.kill()

        try:
            runner.run(start())
            yield processes
        finally:
            runner.run(stop())


@pytest.fixture(params=SERVICES)
def schema(request: pytest.FixtureRequest, running: dict[str, ServiceProcess]) -> OpenApiSchema:
    """The document, read from the service itself."""
    return schemathesis.openapi.from_url(f"{running[request.param].url}/openapi.json")


def operations(schema: OpenApiSchema) -> list[Any]:
    return [found.ok() for found in schema.get_all_operations() if not isinstance(found, Err)]


def asked(operation: Any, check: Any) -> None:
    """Ask an operation with what its document allows, and with what it does not."""
    strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    strategy |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def ask(case: Any) -> None:
        check(case)

    ask()


def is_no_fault_of_ours(case: Any, answer: Any) -> None:
    """No 5xx: the broker is there."""
    assert answer.status_code < 500, (case.as_curl_command(), answer.text[:300])


def test_every_operation_answers_as_its_document_says(schema: OpenApiSchema) -> None:
    def check(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {intake.TOKEN}"})
        is_no_fault_of_ours(case, answer)
        case.validate_response(answer, checks=PROMISES)

    found = operations(schema)
    for operation in found:
        asked(operation, check)

    assert len(found) >= 3
