"""The recount of the chaos run finds what it is there to find."""

import pytest

from tests.chaos_alerts.world import BEGIN, SPAN_SECONDS, Fate, Verdict, fates, judged, moments

END = BEGIN + SPAN_SECONDS
Raised = dict[tuple[str, str], list[tuple[int, int]]]


def perfect(known: list[Fate]) -> Raised:
    """What a notifier raises that is never away."""
    found: Raised = {}
    for fate in known:
        for stage, (first, last) in moments(fate).items():
            over = min(END if last is None else last, fate.closed or END, END)
            if over - first > 1200:
                found[fate.code, stage] = [(first, first - (stage != "due_soon"))]
    return found


def faults(raised: Raised, known: list[Fate]) -> tuple[int, int, int, int]:
    verdict: Verdict = judged(known, raised, slack=1200, end=END)
    return verdict.missed, verdict.double, verdict.early, verdict.wrong


KNOWN = fates(200, seed=3)


def test_a_run_without_faults_has_none_and_owes_every_stage() -> None:
    verdict = judged(KNOWN, perfect(KNOWN), slack=1200, end=END)

    assert (verdict.missed, verdict.double, verdict.early, verdict.wrong) == (0, 0, 0, 0)
    assert verdict.owed == verdict.raised > 200
    assert {stage for _, stage in perfect(KNOWN)} == {"due_soon", "overdue", "overdue_1"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("missed", (1, 0, 0, 0)),
        ("double", (0, 1, 0, 0)),
        ("early", (0, 0, 1, 0)),
        ("for a dossier closed in time", (0, 0, 0, 1)),
        ("for nobody", (0, 0, 0, 1)),
    ],
)
def test_each_fault_is_found(fault: str, expected: tuple[int, int, int, int]) -> None:
    raised = perfect(KNOWN)
    late = next(f for f in KNOWN if (f.code, "overdue") in raised)
    in_time = next(f for f in KNOWN if f.closed is not None and f.closed < f.due - 20_000)
    match fault:
        case "missed":
            del raised[late.code, "overdue"]
        case "double":
            raised[late.code, "overdue"] *= 2
        case "early":
            raised[late.code, "overdue"] = [(late.due, late.due)]
        case "for a dossier closed in time":
            raised[in_time.code, "overdue"] = [(in_time.due + 1, in_time.due)]
        case _:
            raised["nobody", "overdue"] = [(BEGIN, BEGIN)]

    assert faults(raised, KNOWN) == expected
