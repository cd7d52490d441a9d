"""Profiles of invented provinces as dated data: `profiles/<name>.toml`, one province each."""

from datetime import date
from enum import StrEnum, unique
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from msgspec import Struct, field

_HOME = "motcua.simulate"


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: a misspelt key is refused, not ignored."""


@unique
class CodeStyle(StrEnum):
    """How a dossier code names its agency."""

    AREA_FIRST = "area_first"  # H99.12-20260105-0000001, after [QD-20-2020]
    AREA_LAST = "area_last"  # 000.00.12.H02-240105-0001, after [TT-01-2018]


class Shares(_Table, frozen=True, kw_only=True):
    """Shares of all dossiers received, 0 to 1. Kept exactly, rounded to whole dossiers."""

    online: float
    postal: float
    late: float
    forgotten: float
    withdrawn: float
    stopped: float
    fee: float
    paid_online: float
    digitised: float
    electronic_result: float
    reused: float
    synced: float
    identified: float
    own_account: float  # of all: online, and by the applicant's own account
    personal_storage: float
    population_data: float


class Procedures(_Table, frozen=True, kw_only=True):
    """Shares of the distinct procedures that somebody offers, 0 to 1. Kept exactly."""

    announced_late: float
    published_late: float
    content_full: float
    payment_integrated: float  # of those with a fee
    eligible_of_partial: float  # of those partly online: could be fully


class Chances(_Table, frozen=True, kw_only=True):
    """How likely each is, 0 to 1, decided dossier by dossier."""

    refused: float
    supplement: float
    second_supplement: float
    financial_duty: float
    suspended: float
    extended: float
    transferred: float
    components_only: float
    result_by_post: float
    rated: float
    satisfied: float
    explained: float
    apologised: float
    petition: float
    petition_late: float
    petition_transferred: float
    petition_supplement: float
    petition_refused: float
    petition_repeated: float
    petition_rated: float
    petition_satisfied: float
    document: float
    document_on_network: float
    certified_copy: float
    certified_copy_electronic: float
    announced: float


class Delays(_Table, frozen=True, kw_only=True):
    """Mean lengths in working days."""

    late_mean: float
    supplement_mean: float
    financial_duty_mean: float
    suspended_mean: float
    returned_mean: float


class Season(_Table, frozen=True, kw_only=True):
    """How busy a day is against the mean, 1.0."""

    weekday: tuple[float, float, float, float, float, float]  # Monday to a make-up Saturday
    month: tuple[float, ...]
    after_long_holiday: float


class Sources(_Table, frozen=True, kw_only=True):
    """Which publishing system speaks for whom; petitions and reported figures have their own."""

    petition: str
    department: str = ""
    district: str = ""
    commune: str = ""
    report: str = ""


class Province(_Table, frozen=True, kw_only=True):
    """The root of the tree, and what became of it."""

    code: str
    name: str
    short_name: str
    valid_to: date | None = None
    successor: str | None = None
    successor_name: str = ""


class Department(_Table, frozen=True, kw_only=True):
    """One department; `weight` is its share of the dossiers, against the other weights."""

    code: str
    name: str
    short_name: str
    weight: float
    fields: tuple[str, ...]


class District(Department, frozen=True, kw_only=True):
    """One district and its communes; `commune_weight` is that of all of them together."""

    commune_weight: float
    communes: tuple[str, ...]
    commune_fields: tuple[str, ...]


class InventedCommunes(_Table, frozen=True, kw_only=True):
    """How many communes with made-up names stand directly under the province."""

    communes: int
    wards: int
    special_zones: int
    weight: float
    fields: tuple[str, ...]


class Profile(_Table, frozen=True, kw_only=True):
    """One province in one stretch of time.

    `settled_share` of the dossiers, the first ones, carry all that is late or digitised;
    `calm_days` before and after the end nothing falls due. Both serve profiles that reproduce a
    published row; 1.0 and 0 leave a province alone.
    """

    name: str = ""
    title: str
    first_day: date
    last_day: date
    dossiers: int
    code_style: CodeStyle
    limit_days_max: float
    settled_share: float = 1.0
    calm_days: int = 0
    province: Province
    sources: Sources
    shares: Shares
    procedures: Procedures
    chances: Chances
    delays: Delays
    season: Season
    departments: tuple[Department, ...] = field(default=(), name="department")
    districts: tuple[District, ...] = field(default=(), name="district")
    invented_communes: InventedCommunes | None = None

    @property
    def publishers(self) -> tuple[str, ...]:
        """The publishing systems that speak, without empty ones."""
        named = (
            self.sources.department,
            self.sources.district,
            self.sources.commune,
            self.sources.report,
            self.sources.petition,
        )
        return tuple(name for name in named if name)


class UnknownProfile(ValueError):  # noqa: N818 - the name says what it is
    """There is no such profile; the message names those there are."""


def _home() -> Traversable:
    return files(_HOME) / "profiles"


def profile_names() -> tuple[str, ...]:
    """The profiles there are, in order."""
    found = (entry.name for entry in _home().iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in found))


@cache
def load_profile(name: str) -> Profile:
    """Read one profile.

    Raises:
        UnknownProfile: there is none of that name.
        msgspec.ValidationError: the file is not a profile; the message names the place.
    """
    if name not in profile_names():
        raise UnknownProfile(f"no profile {name!r}; there are: {', '.join(profile_names())}")
    text = (_home() / f"{name}.toml").read_bytes()
    read = msgspec.toml.decode(text, type=Profile)
    return msgspec.structs.replace(read, name=name)


def profile_of(profile: Profile | str) -> Profile:
    """The profile itself, or the one of that name; raises UnknownProfile."""
    return load_profile(profile) if isinstance(profile, str) else profile
