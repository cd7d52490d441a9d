"""The deployment with TLS laid over it: everything works, and who speaks no TLS 1.3 is refused."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ci.watchers import wait_for
from tests.containers.checks import settled, wrong_series
from tests.containers.deployment import Deployment, brought_up, missing
from tests.containers.publisher import NAME, Publisher

pytestmark = pytest.mark.timeout(1200)
OVER = ("deploy/tls/docker-compose.tls.yml",)
AGENCIES, PROCEDURE = ("H99.12",), "1.004194"
_MORE = 100
_SECONDS = 10


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployment]:
    with brought_up("tls", more=OVER, without=["simulator"]) as running:
        yield running


def broker(deployed: Deployment) -> tuple[str, int]:
    found = urlsplit(deployed.url("nats", 4222))
    assert found.hostname is not None
    assert found.port is not None
    return found.hostname, found.port


@pytest.fixture
def trust(deployed: Deployment, tmp_path: Path) -> ssl.SSLContext:
    """As a publisher gets it: the authority's certificate, by the command of the runbook."""
    certificate = tmp_path / "ca.crt"
    certificate.write_bytes(deployed.once("init", "cat", "/data/secrets/tls/ca.crt"))
    return ssl.create_default_context(cafile=str(certificate))


def greeting(deployed: Deployment, context: ssl.SSLContext) -> tuple[str | None, bytes]:
    host, port = broker(deployed)
    with (
        socket.create_connection((host, port), _SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return secure.version(), secure.recv(4)


def test_a_client_without_tls_hears_nothing_and_is_shut_out(deployed: Deployment) -> None:
    with socket.create_connection(broker(deployed), _SECONDS) as plain:
        plain.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
        try:
            heard = plain.recv(4096)
        except ConnectionResetError:
            heard = b""

    assert b"INFO" not in heard
    assert b"PONG" not in heard


def test_a_client_that_believes_the_authority_is_greeted_over_tls_1_3(
    deployed: Deployment, trust: ssl.SSLContext
) -> None:
    assert greeting(deployed, trust) == ("TLSv1.3", b"INFO")


def test_a_client_with_tls_1_2_or_without_the_authority_gets_no_further(
    deployed: Deployment, trust: ssl.SSLContext
) -> None:
    trust.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(ssl.SSLError):
        greeting(deployed, trust)
    with pytest.raises(ssl.SSLCertVerificationError):
        greeting(deployed, ssl.create_default_context())


def test_facts_reach_the_log_and_the_numbers_over_tls(deployed: Deployment) -> None:
    with Publisher(deployed, AGENCIES, PROCEDURE) as publisher:
        wait_for(lambda: len(publisher.promised) > _MORE, 60, f"{_MORE} promises")
    settled(deployed, ["scoring"])

    bodies = deployed.facts()
    compared, wrong = wrong_series(deployed, bodies, "scoring")
    services = [name for name in deployed.services() if deployed.state(name).health == "healthy"]
    print(f"{len(publisher.promised)} promised, {len(bodies)} facts in the log, "
          f"{compared} series compared; healthy: {', '.join(services)}")  # fmt: skip
    assert missing(publisher.promised, bodies, NAME) == []
    assert wrong == []
    assert {"nats", "intake", "scoring", "notifier", "postal_gateway"} <= set(services)
