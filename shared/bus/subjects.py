"""The only place where subjects are built.

`<noun>.<what_happened>.<agency>`; the dots of an agency code are levels for NATS, so that
`dossier.*.H44.>` is a province with all its agencies. Dossier codes never enter a subject.
"""

from shared.events.envelope import Fact

FACT_NOUNS = (
    "dossier",
    "petition",
    "procedure",
    "document",
    "measure",
    "source",
    "postal",
    "indicator",
)
"""The nouns that live in FACTS; `alert` has a stream of its own."""

INTAKE_NOUNS = frozenset({"dossier", "petition", "procedure", "document", "measure", "source"})
"""What outsiders may submit. One noun, one writer: the rest belongs to our other services."""


def fact_subject(fact: Fact) -> str:
    """Return where the fact is stored; a fact without an agency stands under `_`."""
    noun, what, _version = fact.data.event_type.split(".")
    agency: str = getattr(fact.data, "agency_code", "_")
    return f"{noun}.{what}.{agency}"


def alert_subject(what: str, alert_id: str) -> str:
    """Return the one subject of one alert's `what`: the key of its compare-and-set."""
    return f"alert.{what}.{alert_id}"


def claim_subject(service: str, key: str) -> str:
    """Return the subject that claims one outside effect of `service`."""
    return f"claim.{service}.{key}"


def inbox_stream(publisher: str) -> str:
    """Return the stream that holds what `publisher` submitted over NATS."""
    return f"INBOX_{publisher}"


def inbox_subjects(publisher: str) -> str:
    """Return what INBOX_<publisher> listens on, seen from the core account."""
    return f"in.{publisher}.>"


def contact_subject(reference: str) -> str:
    """Return the subject of one contact in the bucket CONTACTS."""
    return f"$KV.CONTACTS.{reference}"


def reject_subject(what: str, publisher: str) -> str:
    """Return where a reject is raised or settled."""
    return f"reject.{what}.{publisher}"


def inbox_prefix(user: str) -> str:
    """Return the prefix of the answers that this user of CORE alone hears."""
    return f"_INBOX.{user}"


def answer_prefix(user: str) -> str:
    """Return the prefix on which `user` hears intake, which may answer nowhere else in CORE."""
    return f"_ANSWER.{user}"


def shard_filter(pattern: str) -> tuple[str, ...]:
    """Return the NATS filters of a `MOTCUA_SUBJECTS` pattern.

    `dossier.*.H44-*` reads as people write it: the agency H44 and all under it. NATS has no
    wildcard inside a level, and its `>` is at least one level, so it becomes two filters:
    `dossier.*.H44` and `dossier.*.H44.>`.
    """
    if pattern.endswith("-*"):
        agency = pattern[:-2].replace("-", ".")
        return agency, f"{agency}.>"
    return (pattern,)
