"""A clerk of the demo at the post's desk: lists papers, both sides sign, fees come and go.

What the post takes home and what it fetched: its hand-over record is where a dossier is filed.

Does what a person does, over the pages that people use: the gateway writes the facts. Where
somebody keeps logins (`motcua operators`), the clerk is not one of them and leaves.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any, Final

import httpx

from services.postal_gateway.domain.orders import LegName
from shared.events.fields import BundleDirection, Leg

from .processes import Say

_BY: Final = "Cán bộ Minh Họa"
_POSTMAN: Final = "Bưu tá Minh Họa"
_ROUND_SECONDS: Final = 1800.0  # of simulated time: half an hour
_PAPERS_MAX: Final = 12
_FEES_AT_ONCE: Final = 3
_DESKS_AT_ONCE: Final = 6  # where what was fetched is signed for
_OFFICES: Final = ("BC-590000", "BC-591200", "BC-592300")
_CREATED: Final = 303


class DemoClerk:
    """Comes round every half hour of simulated time."""

    def __init__(
        self, http: httpx.AsyncClient, say: Say, random: Random, signed_for: Callable[[str], None]
    ) -> None:
        """`http` has the gateway's address and does not follow redirects.

        `signed_for` is told the code of each dossier that was fetched, and signed for.
        """
        self._http = http
        self._say = say
        self._random = random
        self._signed_for = signed_for
        self._rounds = 0
        self._paid: set[str] = set()

    async def run(self, speed: float) -> None:
        """Work until cancelled, or until the desk asks for a login."""
        while True:
            await asyncio.sleep(max(5.0, _ROUND_SECONDS / speed))
            try:
                await self.round()
            except PermissionError:
                self._say("demo", "bàn Bưu chính cần đăng nhập: không lập bảng kê minh họa")
                return
            except httpx.HTTPError as error:
                self._say("demo", f"bàn Bưu chính: {type(error).__name__}")

    async def round(self) -> None:
        """One bundle of what waits at one desk, one each of what came to some, and some money.

        Raises:
            PermissionError: the desk lets only whoever is logged in write.
            httpx.HTTPError: it does not answer.
        """
        self._rounds += 1
        waiting = _by_desk(await self._parcels("ordered"), Leg.RETURN)
        for agency, names in waiting[:1]:
            # Of every fourth bundle only one side has signed yet.
            is_whole = self._rounds % 4 != 0
            await self._bundle(agency, BundleDirection.TO_CARRIER, names, is_whole=is_whole)
        delivered = await self._parcels("delivered")
        for agency, names in _by_desk(delivered, Leg.PICKUP)[:_DESKS_AT_ONCE]:
            signed = await self._bundle(agency, BundleDirection.FROM_CARRIER, names, is_whole=True)
            for name in signed:
                self._signed_for(name.dossier)
        await self._money(delivered)

    async def _parcels(self, state: str) -> list[dict[str, Any]]:
        answer = await self._http.get("/v1/parcels", params={"state": state})
        if answer.status_code in (401, 403):
            raise PermissionError
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["parcels"]
        return found

    async def _bundle(
        self, agency: str, direction: BundleDirection, names: list[LegName], *, is_whole: bool
    ) -> list[LegName]:
        """List them and let both sides sign; return what both signed for.

        Of every fifth the last paper is missing at the joint count.
        """
        items = [name.order_number for name in names]
        listed = await self._post(
            "/bundles", agency=agency, direction=direction.value, items=items, by=_BY
        )
        if listed.status_code != _CREATED:
            return []  # another clerk was faster
        address = listed.headers["Location"].partition("?")[0]
        found = {f"giay-{item}": "ok" for item in items}
        if self._rounds % 5 == 0 and len(items) > 1:
            found[f"giay-{items[-1]}"] = "missing"
        await self._post(f"{address}/confirm", side="agency", by=_BY, **found)
        if not is_whole:
            return []
        signed = await self._post(f"{address}/confirm", side="carrier", by=_POSTMAN, **found)
        if signed.status_code != _CREATED:
            return []
        return [name for name in names if found[f"giay-{name.order_number}"] == "ok"]

    async def _money(self, delivered: list[dict[str, Any]]) -> None:
        """The post took a fee at the door; most of it it has handed on; now and then it is late."""
        new = [one for one in delivered if one["dossier"] not in self._paid]
        for one in new[:_FEES_AT_ONCE]:
            dossier, office = one["dossier"], self._random.choice(_OFFICES)
            self._paid.add(dossier)
            where = {"leg": f"{one['leg']}:{one['attempt']}", "by": _BY}
            amount = str(self._random.choice((15_000, 30_000, 50_000, 100_000)))
            money = {"amount": amount, "office": office, **where}
            receipt = f"BL-{len(self._paid):05d}"
            await self._post(f"/parcels/{dossier}", word="collected", receipt=receipt, **money)
            if self._random.random() < 0.7:  # noqa: PLR2004 - a share
                await self._post(f"/parcels/{dossier}", word="remitted", **money)
            if len(self._paid) % 10 == 1:
                claim = {"amount": "30000", "kind": "lateness", **where}
                await self._post(f"/parcels/{dossier}", word="claim", **claim)

    async def _post(self, address: str, **fields: Any) -> httpx.Response:
        form = {"nonce": secrets.token_hex(8), **fields}
        answer = await self._http.post(address, data=form)
        if answer.status_code in (401, 403) or "/login" in answer.headers.get("Location", ""):
            raise PermissionError
        return answer


def _by_desk(parcels: list[dict[str, Any]], leg: Leg) -> list[tuple[str, list[LegName]]]:
    """Those of that leg by agency, whoever has most first; so many of each as one bundle takes."""
    found: defaultdict[str, list[LegName]] = defaultdict(list)
    for one in parcels:
        if one["leg"] == leg:
            found[one["agency"]].append(LegName(one["dossier"], leg, one["attempt"]))
    most_first = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return [(agency, names[:_PAPERS_MAX]) for agency, names in most_first]
