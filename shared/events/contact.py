"""Where a parcel goes: personal data, so never a fact, a log line, a label or a subject.

It arrives as `contact` beside a CloudEvent's data, is kept in the CONTACTS bucket under an
unguessable reference by intake, and read there by postal_gateway alone.
"""

from typing import Annotated

from msgspec import Meta, Struct

Line = Annotated[str, Meta(max_length=120)]


class Contact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One addressee; bounds are generous, and nothing beyond them is stored."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    phone: Annotated[str, Meta(pattern=r"\A\+?[0-9][0-9 ().-]{5,18}[0-9]\Z", max_length=20)]
    address: Annotated[str, Meta(min_length=1, max_length=300)]
    commune: Line = ""
    province: Line = ""
    note: Annotated[str, Meta(max_length=200)] = ""
