"""Where the pages of bundles are."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from services.postal_gateway.bundle_desk import BundleDesk
from shared.access import Role, needs
from shared.runtime import AnyRequest

_DESK: Final = needs(Role.DESK)


def make_bundle_desk(desk: BundleDesk) -> list[HTTPRouteHandler]:
    """The handlers, outside the OpenAPI document."""

    @get("/bundles", include_in_schema=False, sync_to_thread=False)
    def today(request: AnyRequest) -> Response[str]:
        return desk.today(request)

    @get("/bundles/new", include_in_schema=False, sync_to_thread=False)
    def new(request: AnyRequest) -> Response[str]:
        return desk.new(request)

    @post("/bundles", include_in_schema=False, opt=_DESK)
    async def create(request: AnyRequest) -> Response[Any]:
        return await desk.create(request)

    @get("/bundles/{number:str}", include_in_schema=False, sync_to_thread=False)
    def show(request: AnyRequest, number: str) -> Response[str]:
        return desk.show(request, number)

    @get("/bundles/{number:str}/record", include_in_schema=False, sync_to_thread=False)
    def record(request: AnyRequest, number: str) -> Response[str]:
        return desk.record(request, number)

    @post("/bundles/{number:str}/confirm", include_in_schema=False, opt=_DESK)
    async def confirm(request: AnyRequest, number: str) -> Response[Any]:
        return await desk.confirm(request, number)

    @post("/bundles/{number:str}/withdraw", include_in_schema=False, opt=_DESK)
    async def withdraw(request: AnyRequest, number: str) -> Response[Any]:
        return await desk.withdraw(request, number)

    return [today, new, create, show, record, confirm, withdraw]
