"""Where somebody limited to some agencies may go: routes marked `WITHIN`, and no others."""

from collections.abc import Sequence
from pathlib import Path

from shared.access import SCOPED
from shared.calendar.civil_time import civil_day
from shared.catalogue.model import load_catalogue
from shared.clock import Clock
from shared.desk import Scope, give_scope
from shared.observability import ServiceLog
from shared.runtime import AnyRequest, Refusal


class Scoping:
    """Knows the organisation tree; gives every admitted request its scope, or refuses it."""

    def __init__(self, catalogue: Path | None, *, clock: Clock, log: ServiceLog) -> None:
        self._catalogue = load_catalogue(catalogue)
        self._clock = clock
        self._log = log

    def check(self, request: AnyRequest, name: str, agencies: Sequence[str]) -> None:
        """Note what the request may see; no agencies are the whole province.

        Raises:
            Refusal: 403, the route is of the whole province and who asks has a part of it.
        """
        scope = Scope(agencies, self._catalogue, civil_day(self._clock.now()))
        if not scope.is_whole and not request.route_handler.opt.get(SCOPED):
            route = str(request.scope.get("path_template", ""))
            self._log.info("scope_refused", operator=name, method=request.method, route=route)
            raise Refusal(
                403,
                "Trang này là của toàn tỉnh; tài khoản của bạn chỉ dùng cho "
                f"{', '.join(map(self._name_of, agencies))}.",
                "This is the whole province's; your account is for some agencies only.",
            )
        give_scope(request, scope)

    def _name_of(self, code: str) -> str:
        known = self._catalogue.agency_by_code.get(code)
        return known.short_name if known else code
