"""Who may do what: four roles, each with the rights of those before it, and the mark of a route."""

from enum import StrEnum, unique
from typing import Any, Final


@unique
class Role(StrEnum):
    """What an operator or a machine may do."""

    VIEWER = "viewer"  # xem: reads every list, opens no sealed body and no address
    DESK = "desk"  # nhân viên một cửa, quầy bưu chính: takes on, hands over, explains
    OPERATOR = "operator"  # vận hành: rejects with their bodies, silences, channels
    ADMIN = "admin"  # quản trị: closes periods


ROLES_VI: Final = {
    Role.VIEWER: "xem",
    Role.DESK: "nhân viên một cửa",
    Role.OPERATOR: "vận hành",
    Role.ADMIN: "quản trị",
}
_ORDER: Final = tuple(Role)

NEEDS: Final = "needs"
"""The key in a route's `opt`. Without it reading takes a viewer and writing an administrator."""

ANYONE: Final[dict[str, Any]] = {NEEDS: "anyone"}
"""For what proves itself otherwise (a publisher's token, a signature), or holds no secret."""

METRICS: Final[dict[str, Any]] = {NEEDS: "metrics"}
"""For the page of numbers, which may have a token of its own."""

SCOPED: Final = "scoped"

WITHIN: Final[dict[str, Any]] = {SCOPED: True}
"""For a route that shows and accepts only what lies within the agencies of whoever asks.

Every other route is closed to an operator who is limited to some agencies.
"""


def needs(role: Role) -> dict[str, Any]:
    """Return the `opt` of a route that takes this role or a greater one."""
    return {NEEDS: role}


def is_enough(role: Role, needed: Role) -> bool:
    """Whether the role has the rights of the one needed."""
    return _ORDER.index(role) >= _ORDER.index(needed)
