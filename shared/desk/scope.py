"""Which agencies somebody may see and act on: those given to them, and all that stands below.

`shared.login.Gate` decides whose scope a request has; a route that is not marked `WITHIN`
(shared.access) refuses whoever has one, and one that is marked asks `scope_of` itself.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final

from litestar import Request

from shared.catalogue.model import Agency, Catalogue

_SCOPE: Final = "motcua_scope"


class Scope:
    """A whole province, or some agencies on `day`. An agency that nobody knows lies in no part."""

    def __init__(self, agencies: Collection[str], catalogue: Catalogue, day: date) -> None:
        """No agencies: the whole province."""
        self._agencies = frozenset(agencies)
        self._by_code = catalogue.agency_by_code
        self._day = day

    @property
    def is_whole(self) -> bool:
        """Whether nothing is out of sight."""
        return not self._agencies

    def covers(self, agency: str) -> bool:
        """Whether what belongs to this agency may be seen and acted on."""
        return self.is_whole or not self._agencies.isdisjoint(self._responsible(agency))

    def _responsible(self, agency: str) -> set[str]:
        """The agency, who stands above it, and who took over from one that has ended."""
        found: set[str] = set()
        waiting = [agency]
        while waiting:
            code = waiting.pop()
            if code in found:
                continue  # also in a tree that goes in a circle
            found.add(code)
            known = self._by_code.get(code)
            waiting.extend(self._next(known) if known else ())
        return found

    def _next(self, agency: Agency) -> Iterator[str]:
        if agency.parent is not None:
            yield agency.parent
        has_ended = agency.valid_to is not None and agency.valid_to <= self._day
        if has_ended and agency.successor is not None:
            yield agency.successor


_NOTHING: Final = Scope({"\x00"}, Catalogue(), date.min)


def give_scope(request: Request[Any, Any, Any], scope: Scope) -> None:
    """Note whose eyes a request is answered for."""
    request.scope["state"][_SCOPE] = scope


def scope_of(request: Request[Any, Any, Any]) -> Scope:
    """Return what whoever asks may see; nothing at all where no gate was passed."""
    scope = request.scope.get("state", {}).get(_SCOPE)
    return scope if isinstance(scope, Scope) else _NOTHING
