"""Petitions (phản ánh, kiến nghị - PAKN). Written by intake.

The CloudEvent's `subject` is the petition's code.
"""

from typing import ClassVar

from .fields import (
    AgencyCode,
    Code,
    Event,
    PetitionAbout,
    Reference,
    SubjectId,
)


class PetitionEvent(Event, frozen=True, kw_only=True):
    """Every petition fact names the agency where it happened."""

    agency_code: AgencyCode


class PetitionReceived(PetitionEvent, frozen=True, kw_only=True):
    """A petition was sent to this agency. Tiếp nhận."""

    event_type: ClassVar[str] = "petition.received.v1"
    about: PetitionAbout = PetitionAbout.PROCEDURE
    dossier_code: SubjectId | None = None  # the dossier it complains of, where there is one
    repeated: bool = False


class PetitionTransferred(PetitionEvent, frozen=True, kw_only=True):
    """Another agency must answer; its limit starts anew. Chuyển."""

    event_type: ClassVar[str] = "petition.transferred.v1"
    to_agency_code: AgencyCode


class PetitionSupplementRequested(PetitionEvent, frozen=True, kw_only=True):
    """The sender was asked for more. Yêu cầu bổ sung."""

    event_type: ClassVar[str] = "petition.supplement_requested.v1"


class PetitionAnswered(PetitionEvent, frozen=True, kw_only=True):
    """An answer, or a reasoned refusal, exists. Trả lời, từ chối."""

    event_type: ClassVar[str] = "petition.answered.v1"
    refused: bool = False
    letter_ref: Reference | None = None


class PetitionPublished(PetitionEvent, frozen=True, kw_only=True):
    """The answer is public. Công khai."""

    event_type: ClassVar[str] = "petition.published.v1"


class PetitionRated(PetitionEvent, frozen=True, kw_only=True):
    """The sender liked or disliked the answer. Đánh giá."""

    event_type: ClassVar[str] = "petition.rated.v1"
    satisfied: bool
    reason_code: Code | None = None
