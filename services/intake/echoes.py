"""A request reaches intake twice: at once, and through the publisher's inbox. It is one event.

Every message on `in.>` is also captured by its INBOX stream, so that nothing is lost while intake
is away. The first of the two copies is judged; the second takes its verdict. What this cannot
pair (a restart in between) is judged again and is a duplicate: harmless, and counted as such.
"""

import asyncio
import hashlib
from collections import OrderedDict, deque
from typing import Final, Generic, TypeVar

from .domain.answers import Result

REMEMBERED_MAX: Final = 50_000
Kept = TypeVar("Kept")


class Stored:
    """Resolved by a request: whether its event is stored."""

    def __init__(self) -> None:
        self.said: asyncio.Future[bool] = asyncio.get_running_loop().create_future()


class Verdict:
    """Resolved by an inbox copy: its answer."""

    def __init__(self) -> None:
        self.said: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()


class _Newest(Generic[Kept]):
    """The newest entries by key, several a key, each taken out once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, deque[Kept]] = OrderedDict()

    def put(self, key: bytes, value: Kept) -> None:
        self._kept.setdefault(key, deque()).append(value)
        if len(self._kept) > REMEMBERED_MAX:
            self._kept.popitem(last=False)

    def take(self, key: bytes) -> Kept | None:
        waiting = self._kept.get(key)
        if waiting is None:
            return None
        value = waiting.popleft()
        if not waiting:
            del self._kept[key]
        return value


class Echoes:
    """Pairs the copies of one body, whichever comes first."""

    def __init__(self) -> None:
        self._asked: _Newest[Stored] = _Newest()  # requests whose inbox copy is still to come
        self._plain: _Newest[bool] = _Newest()  # publishes without a reply, likewise
        self._early: _Newest[Verdict] = _Newest()  # inbox copies that came first

    @staticmethod
    def key(publisher: str, body: bytes) -> bytes:
        """Return the name of one body of one publisher."""
        return hashlib.blake2b(body, digest_size=16, key=publisher.encode()).digest()

    def hear_request(self, key: bytes) -> Verdict | Stored:
        """Return the verdict to wait for if the inbox copy was quicker, else what to resolve."""
        verdict = self._early.take(key)
        if verdict is not None:
            return verdict
        stored = Stored()
        self._asked.put(key, stored)
        return stored

    def hear_plain(self, key: bytes) -> None:
        """Note a publish that nobody waits for: its inbox copy is the one that is judged."""
        if self._early.take(key) is None:
            self._plain.put(key, True)  # noqa: FBT003 - only its presence means something

    def request_of(self, key: bytes) -> Stored | None:
        """Return what says whether the request of this inbox copy was stored; None: no request."""
        return self._asked.take(key)

    def judging(self, key: bytes) -> Verdict:
        """Say that an inbox copy is being judged whose request was not heard, if there is one."""
        verdict = Verdict()
        if self._plain.take(key) is None:
            self._early.put(key, verdict)
        return verdict

    @staticmethod
    def settle(verdict: Verdict, result: Result | None) -> None:
        """Give the verdict; None where there is none, and whoever waits judges for himself."""
        if not verdict.said.done():
            verdict.said.set_result(result)
