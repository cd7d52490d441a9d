"""What people decide at the desk becomes facts, and is there when their next page opens."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from services.postal_gateway.domain.facts import said_on_desk
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.ordering import FactWriter
from shared.bus.claims import Verdict, claim
from shared.bus.streams import POSTAL
from shared.bus.subjects import claim_subject
from shared.clock import Clock
from shared.events.fields import Event
from shared.login import author
from shared.runtime import AnyRequest, Refusal

NAME_MAX: Final = 80
_NONCE: Final = "nonce"
_NONCE_LENGTHS: Final = range(8, 41)
_SEEN_SECONDS: Final = 3.0


def new_nonce() -> str:
    """What makes one form one fact, however often its button is pressed."""
    return secrets.token_hex(8)


class Form:
    """The fields of a posted form, trimmed; what is wrong with them, beside each."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields
        self.errors: dict[str, str] = {}

    def text(self, name: str) -> str:
        """The field; empty where it was not sent."""
        return self._fields.get(name, ("",))[0].strip()

    def all(self, name: str) -> list[str]:
        """Every value sent under the name."""
        return [value.strip() for value in self._fields.get(name, ()) if value.strip()]

    def lines(self, name: str) -> list[str]:
        """A field of lines, as a scanner types them; each once, in order."""
        return list(dict.fromkeys(line.strip() for line in self.text(name).split() if line.strip()))

    def signed(self, request: AnyRequest) -> "Form":
        """The same form with the name of whoever is logged in."""
        return Form({**self._fields, "by": (author(request, self.text("by")),)})

    def names(self) -> list[str]:
        """The names of all fields."""
        return list(self._fields)

    def required(self, name: str, what: str, length_max: int = NAME_MAX) -> str:
        """The field, or an error beside it."""
        value = self.text(name)
        if not value:
            self.errors[name] = f"Cần ghi {what}."
        elif len(value) > length_max:
            self.errors[name] = f"Tối đa {length_max} ký tự."
        return value

    def amount(self, name: str, what: str) -> int:
        """Đồng as people type them: `50.000`, `50000 đ`. An error where there is no number."""
        digits = self.text(name).replace(".", "").replace(",", "").rstrip(" đd").replace(" ", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):  # noqa: PLR2004 - a billion is enough
            self.errors[name] = f"Cần ghi {what} bằng số, đơn vị đồng."
            return 0
        return int(digits)

    @property
    def nonce(self) -> str:
        """The form's own mark; refused where it is none of ours."""
        value = self.text(_NONCE)
        if len(value) not in _NONCE_LENGTHS or not (value.isascii() and value.isalnum()):
            raise Refusal(
                422, "Biểu mẫu không đầy đủ, hãy mở lại trang.", "The form is incomplete."
            )
        return value

    @property
    def values(self) -> dict[str, str]:
        """What was typed, to be shown again."""
        return {name: values[0] for name, values in self._fields.items() if values}


async def form_of(request: AnyRequest) -> Form:
    """The posted form."""
    fields = await request.form()
    return Form({
        name: [str(value) for value in fields.getall(name)] for name in fields
    })  # fmt: skip


class DeskWriter:
    """Writes what a person said, and waits until the ledger knows it."""

    def __init__(self, ledger: PostLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._facts: FactWriter | None = None
        self._js: Any = None

    def connect(self, facts: FactWriter, js: Any) -> None:
        """Write over this connection."""
        self._facts, self._js = facts, js

    def now(self) -> datetime:
        """The moment of the decision: what is said in one second keeps its order."""
        return self._clock.now()

    async def say(
        self, event: Event, nonce: str, subject: str, seen: Callable[[], bool] = lambda: True
    ) -> None:
        """Write it.

        Raises:
            Refusal: a field is out of its bounds.
            TemporarilyUnavailable: it was not stored.
        """
        if self._facts is None:
            raise Refusal(503)
        try:
            fact = said_on_desk(event, nonce, subject, self.now())
        except msgspec.ValidationError:
            raise Refusal(422) from None
        await self._facts.write([fact])
        for _ in range(int(_SEEN_SECONDS / 0.02)):
            if seen():
                return
            await asyncio.sleep(0.02)

    async def take_number(self, candidates: Callable[[set[str]], str]) -> str:
        """A number that nobody else has: the first candidate that can be claimed.

        Raises:
            TemporarilyUnavailable: the broker gave no answer.
        """
        if self._js is None:
            raise Refusal(503)
        taken: set[str] = set()
        while True:
            number = candidates(taken)
            mine = await claim(
                self._js, stream=POSTAL, subject=claim_subject("postal", f"number-{number}"),
                body=new_nonce().encode(),
            )  # fmt: skip
            if mine.verdict is Verdict.WON:
                return number
            taken.add(number)
