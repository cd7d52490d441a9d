"""A service's own pages over TLS 1.3, and with certificates of clients: asked of the real thing."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx
import pytest

from motcua import local_ca
from motcua.home import Home
from motcua.local_ca import Certificates
from motcua.probe import is_well
from motcua.service_api import Place, asked
from shared.bus.trust import context_for
from tests.support.logging_in import BROWSER, TOKEN, log_in, write_operators
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker
NOW = datetime.now(UTC)
NAME = "motcua.example"


class Encrypted:
    """Scoring with a certificate for another name than the one it is asked by here."""

    def __init__(self, server: TestServer, folder: Path, *, asks_clients: bool) -> None:
        self.home = Home(folder / "home")
        self.made = local_ca.ensure(self.home, [NAME, "localhost"], NOW, holder="pages")
        self.environment = {
            "MOTCUA_TLS_CERT_FILE": str(self.made.certificate),
            "MOTCUA_TLS_KEY_FILE": str(self.made.key),
        }
        if asks_clients:
            self.environment["MOTCUA_SCORING_TLS_CLIENT_CA_FILE"] = str(self.made.authority)
        operators = write_operators(folder / "operators.json")
        self.service = ServiceProcess(
            "scoring", server, folder / "data",
            {"MOTCUA_OPERATORS": str(operators), **self.environment},
        )  # fmt: skip

    @property
    def url(self) -> str:
        return self.service.url.replace("http://127.0.0.1", "https://localhost")

    async def is_well(self) -> bool:
        url = f"{self.service.url}/health/ready"
        return await asyncio.to_thread(is_well, url, self.environment)

    async def ready(self) -> "Encrypted":
        await self.service.start()
        await until(self.is_well, within=60, what="the probe finds it ready")
        return self

    async def asked(self, context: ssl.SSLContext, path: str = "/health/live") -> str:
        """The status of an answer, or that there was none."""
        async with httpx.AsyncClient(verify=context, trust_env=False) as http:
            try:
                return str((await http.get(f"{self.url}{path}")).status_code)
            except httpx.TransportError:
                return "refused"


def client_of(made: Certificates, shown: Certificates | None = None) -> ssl.SSLContext:
    context = context_for(made.authority)
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    return context


@pytest.fixture
async def pages(server: TestServer, tmp_path: Path) -> AsyncIterator[Encrypted]:
    found = Encrypted(await server.provisioned(), tmp_path, asks_clients=False)
    yield await found.ready()
    await found.service.stop()


@pytest.fixture
async def guarded(server: TestServer, tmp_path: Path) -> AsyncIterator[Encrypted]:
    found = Encrypted(await server.provisioned(), tmp_path, asks_clients=True)
    yield await found.ready()
    await found.service.stop()


async def test_pages_speak_tls_1_3_and_refuse_what_is_older_or_in_the_clear(
    pages: Encrypted,
) -> None:
    old = context_for(pages.made.authority)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2

    assert await pages.asked(context_for(pages.made.authority)) == "200"
    assert await pages.asked(old) == "refused"
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.TransportError):
            await http.get(f"{pages.service.url}/health/live")


async def test_over_tls_browsers_are_told_to_stay_there_and_cookies_are_bound_to_it(
    pages: Encrypted,
) -> None:
    context = context_for(pages.made.authority)

    async with httpx.AsyncClient(verify=context, trust_env=False, base_url=pages.url) as http:
        said = await log_in(http, "viewer")
        page = await http.get("/", headers=BROWSER)

    assert said.status_code == 303
    cookie = said.headers["set-cookie"]
    assert cookie.startswith("__Host-motcua=")
    assert {"Secure", "HttpOnly"} <= set(cookie.split("; "))
    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_probe_believes_the_services_own_certificate_and_no_other(
    pages: Encrypted, tmp_path: Path
) -> None:
    # Of the same authority, for the same name: still not this service.
    other = local_ca.ensure(pages.home, [NAME], NOW, holder="another")
    wrong = {**pages.environment, "MOTCUA_TLS_CERT_FILE": str(other.certificate)}

    assert await pages.is_well()
    assert not is_well(f"{pages.service.url}/health/ready", wrong)


async def test_the_commands_believe_the_authority_that_the_machine_was_told_of(
    pages: Encrypted, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(pages.url, TOKEN)
    with pytest.raises(click.ClickException, match="ConnectError"):
        await asyncio.to_thread(asked, place, "/v1/scores")

    monkeypatch.setenv("SSL_CERT_FILE", str(pages.made.authority))

    assert (await asyncio.to_thread(asked, place, "/v1/scores")).is_success


async def test_who_shows_no_certificate_or_a_strangers_is_refused_before_any_answer(
    guarded: Encrypted, tmp_path: Path
) -> None:
    known = local_ca.ensure(guarded.home, ["counter-1"], NOW, holder="counter-1")
    stranger = local_ca.ensure(Home(tmp_path / "theirs"), ["counter-1"], NOW, holder="counter-1")

    assert await guarded.asked(client_of(guarded.made, known)) == "200"
    assert await guarded.asked(client_of(guarded.made)) == "refused"
    assert await guarded.asked(client_of(guarded.made, stranger)) == "refused"


async def test_a_certificate_opens_the_door_and_the_login_is_still_asked_for(
    guarded: Encrypted,
) -> None:
    known = local_ca.ensure(guarded.home, ["counter-1"], NOW, holder="counter-1")

    assert await guarded.asked(client_of(guarded.made, known), "/v1/scores") == "401"


async def test_the_probe_shows_the_certificate_it_was_given(guarded: Encrypted) -> None:
    own = local_ca.ensure(guarded.home, ["probe"], NOW, holder="probe")
    given = {
        **guarded.environment,
        "MOTCUA_PROBE_CERT_FILE": str(own.certificate),
        "MOTCUA_PROBE_KEY_FILE": str(own.key),
    }
    silent = {k: v for k, v in guarded.environment.items() if "CLIENT_CA" not in k}

    assert await asyncio.to_thread(is_well, f"{guarded.service.url}/health/ready", given)
    assert not await asyncio.to_thread(is_well, f"{guarded.service.url}/health/ready", silent)
