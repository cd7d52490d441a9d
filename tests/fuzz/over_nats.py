"""Requests on `in.<publisher>.<type>`, answered in the shape of a PubAck."""

import asyncio
import random
from typing import Any, cast

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.intake.echoes import Echoes
from services.intake.requests import Requests

from .intake_world import PUBLISHER, World
from .mutations import event, written
from .odd_values import TEXTS


class Asked:
    """A client's end of one request: what is published to its reply subject."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []

    async def publish(self, _reply: str, body: bytes = b"", **_more: Any) -> None:
        self.answers.append(body)


class _Wrapped:
    def __init__(self, raw: Msg) -> None:
        self.raw_message = raw


def message(chance: random.Random) -> tuple[str, bytes]:
    """Subject and body. The subject's tail is the sender's own: it decides nothing."""
    found = event(chance)
    tail = chance.choice((str(found.get("type", "x")), "x", "a.b.c", chance.choice(TEXTS)[:100]))
    return f"in.{PUBLISHER}.{tail or 'x'}", written(found, chance)


class Door:
    """Intake's subscription, asked without a broker between."""

    def __init__(self, here: World) -> None:
        self._here = here
        self._echoes = Echoes()
        parts = here.parts
        self._requests = Requests(parts.intake, parts.registry, self._echoes, parts.log)

    async def send(self, chance: random.Random) -> None:
        """Ask, wait for the one answer, and hold it against the logs."""
        subject, body = message(chance)
        asked = Asked()
        raw = Msg(_client=cast(Client, asked), subject=subject, reply="_INBOX.1", data=body)
        await self._requests.on_message(cast(Any, _Wrapped(raw)))
        await asyncio.gather(*self._requests._tasks)
        self._echoes.request_of(self._echoes.key(PUBLISHER, body))  # as its inbox copy does
        judged(self._here, asked.answers, body)


def judged(here: World, answers: list[bytes], body: bytes) -> None:
    """Judge the answers to one request: there must be one, and it must be a verdict."""
    if len(answers) != 1:
        here.tally.fault("unaccounted", f"{len(answers)} answers to {body[:200]!r}")
        return
    said = msgspec.json.decode(answers[0])
    code = said.get("error", {}).get("code", 0)
    if code >= 500 or "outcome" not in said:
        here.tally.fault("server_errors", f"{said} {body[:300]!r}")
        return
    here.judge([said], body)
