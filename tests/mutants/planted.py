"""The faults, as exact text in place of exact text, and the tests that must notice each.

A patch whose text is not there exactly once is an error: a mutant that changes nothing would be
"alive" for ever, and nobody would know.
"""

from pathlib import Path
from typing import Final, NamedTuple


class Mutant(NamedTuple):
    """One fault: in `path`, `before` becomes `after`; one of `tests` must fail."""

    name: str
    path: str
    before: str
    after: str
    tests: tuple[str, ...]

    def planted_in(self, root: Path) -> str:
        """Return the file's text with the fault. ValueError: the text is not there once."""
        text = (root / self.path).read_text(encoding="utf-8")
        if (count := text.count(self.before)) != 1:
            raise ValueError(f"{self.name}: found {count} times in {self.path}: {self.before!r}")
        return text.replace(self.before, self.after)


def _of(path: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{path}::{name}" for name in names)


_LEDGER: Final = "tests/unit/shared/ledger"
_INTAKE: Final = "tests/unit/services/intake"

MUTANTS: Final = (
    Mutant(
        "no message id", "shared/bus/publishing.py",
        'headers={"Nats-Msg-Id": message.message_id},', "headers={},",
        _of("tests/broker/test_bus_publishing.py",
            "test_a_message_sent_again_is_a_duplicate_at_the_same_place"),
    ),
    Mutant(
        "cursor committed apart", "shared/ledger/store.py",
        """        with self._transaction():
            for statement, rows in writes:
""",
        """        if position is not None:
            self._place(position, stream)
        with self._transaction():
            for statement, rows in writes:
""",
        _of(f"{_LEDGER}/test_store.py",
            "test_a_commit_that_fails_writes_nothing_and_the_next_one_everything"),
    ),
    Mutant(
        "anchor skipped", "shared/ledger/reader.py",
        "if not await self._is_same_log():", "if False:",
        _of(f"{_LEDGER}/test_reader.py",
            "test_another_log_is_noticed_before_anything_is_read_from_it"),
    ),
    Mutant(
        "holes passed over", "shared/ledger/reader.py",
        "elif sequence != self._cursor + 1:", "elif sequence < self._cursor:",
        _of(f"{_LEDGER}/test_reader.py",
            "test_a_hole_that_stays_is_an_error_and_never_passed_over"),
    ),
    Mutant(
        "default acknowledgement policy", "services/intake/inbox.py",
        "ack_policy=AckPolicy.EXPLICIT,", "ack_policy=AckPolicy.NONE,",
        _of("tests/broker/test_intake_records.py",
            "test_what_was_published_while_intake_was_away_is_read_afterwards"),
    ),
    Mutant(
        "default sync", "motcua/nats_config.py",
        "sync_interval: always", 'sync_interval: "2m"',
        _of("tests/unit/motcua/test_nats_server.py",
            "test_the_log_is_on_disk_before_anyone_is_told_so"),
    ),
    Mutant(
        "compare that tells the time", "services/intake/registry.py",
        "if hmac.compare_digest(known.encode(), digest):", "if known.encode() == digest:",
        _of("tests/architecture/test_secrets_in_constant_time.py",
            "test_a_secret_is_compared_in_constant_time"),
    ),
    Mutant(
        "acks swapped", "services/intake/inbox.py",
        """            if result.kept:
                await message.ack()
""",
        """            if not result.kept:
                await message.ack()
""",
        _of(f"{_INTAKE}/test_inbox_acknowledges.py",
            "test_what_is_stored_leaves_the_inbox_and_what_is_not_stays"),
    ),
    Mutant(
        "discard old", "shared/bus/streams.py",
        '"discard": DiscardPolicy.NEW,', '"discard": DiscardPolicy.OLD,',
        _of("tests/unit/shared/bus/test_streams.py",
            "test_every_stream_is_on_disk_bounded_and_refuses_rather_than_forgets"),
    ),
    Mutant(
        "deduplication off", "services/intake/recorder.py",
        "elif entry.identity in known:", "elif entry.identity in self._claims:",
        _of(f"{_INTAKE}/test_recorder.py",
            "test_a_fact_sent_again_is_a_duplicate_and_other_content_a_conflict"),
    ),
    Mutant(
        "a repeat answered before the first has landed", "services/intake/recorder.py",
        "await entry.waits_for.landed.wait()", "await asyncio.sleep(0)",
        _of(f"{_INTAKE}/test_recorder_waiting.py",
            "test_a_repeat_in_the_next_batch_waits_for_the_first_and_learns_its_place"),
    ),
    Mutant(
        "a claim lost reads as any error", "shared/bus/claims.py",
        "_WRONG_LAST_SEQUENCE = 10071", "_WRONG_LAST_SEQUENCE = 10077",
        _of("tests/broker/test_bus_claims.py",
            "test_of_two_writers_racing_for_five_hundred_claims_each_has_one_winner",
            "test_a_full_stream_is_not_a_lost_claim"),
    ),
    Mutant(
        "pages not escaped", "shared/desk/pages.py",
        "select_autoescape(default=True, default_for_string=True)",
        "select_autoescape(enabled_extensions=(), default=False)",
        _of("tests/unit/shared/desk/test_pages.py", "test_what_comes_from_outside_is_escaped"),
    ),
    Mutant(
        "any field reaches the log", "shared/observability/logging.py",
        "if name in FIELDS and value is not None", "if value is not None",
        _of("tests/unit/shared/observability/test_logging.py",
            "test_a_line_holds_the_fields_on_the_list_and_drops_all_others"),
    ),
    Mutant(
        "depth not looked at", "shared/bus/codec.py",
        "            if depth > DEPTH_MAX:", "            if depth > 10**6:",
        _of("tests/unit/shared/bus/test_codec.py",
            "test_depth_is_refused_before_any_decoder_sees_it"),
    ),
    Mutant(
        "old signatures are good", "shared/signatures.py",
        "return is_good and abs(now - int(moment)) <= WINDOW_SECONDS", "return is_good",
        _of("tests/unit/services/postal_gateway/test_webhooks.py",
            "test_of_ten_thousand_forgeries_none_is_believed"),
    ),
    Mutant(
        "the breaker never opens", "services/intake/delivery.py",
        "            if self._in_a_row >= BREAKER_COUNT and not self.is_open:",
        "            if self._in_a_row < 0 and not self.is_open:",
        _of(f"{_INTAKE}/test_keeping.py",
            "test_fifty_own_faults_in_a_row_open_the_breaker_and_a_good_event_starts_anew"),
    ),
    Mutant(
        "forms from other sites", "shared/runtime/web.py",
        "    if not is_ours:\n", "    if is_ours is None:\n",
        _of("tests/unit/shared/runtime/test_web.py", "test_a_form_from_another_site_is_refused"),
    ),
    Mutant(
        "the due day itself is late", "services/scoring/domain/judging.py",
        "elif (end or judged_at(state, now)) <= due:", "elif (end or judged_at(state, now)) < due:",
        ("tests/unit/services/scoring/test_golden_units_from_facts.py",
         "tests/unit/services/scoring/test_indicator_cases.py"),
    ),
    Mutant(
        "the refused value is answered", "shared/bus/codec.py",
        'rule = "not one of the allowed values or not in the expected form"', "rule = str(rule)",
        _of("tests/unit/shared/bus/test_codec.py",
            "test_a_refusal_never_repeats_the_value_it_refuses"),
    ),
)  # fmt: skip
