"""The streams as written: every limit named, nothing that outsiders could turn against us."""

import pytest
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from shared.bus.publishing import BODY_MAX_BYTES
from shared.bus.streams import (
    CONTACT_LIFE_SECONDS,
    FACTS,
    MESSAGE_SIZE_MAX_BYTES,
    REJECTS,
    contacts,
    core_streams,
    differences,
    inbox,
)

STREAMS = [*core_streams(), inbox("mcdt-tinh")]


def named(config: StreamConfig) -> str:
    return config.name or ""


@pytest.mark.parametrize("config", STREAMS, ids=named)
def test_every_stream_is_on_disk_bounded_and_refuses_rather_than_forgets(
    config: StreamConfig,
) -> None:
    assert config.storage is StorageType.FILE
    assert config.discard is DiscardPolicy.NEW
    assert (config.max_bytes or 0) > 0
    assert config.max_msg_size == MESSAGE_SIZE_MAX_BYTES
    assert config.max_age == (180 * 86_400 if config.name == REJECTS else 0)


@pytest.mark.parametrize("config", STREAMS, ids=named)
def test_no_stream_can_be_wiped_or_changed_by_a_header(config: StreamConfig) -> None:
    assert not config.allow_rollup_hdrs
    assert not config.allow_msg_ttl
    assert not config.allow_msg_schedules
    assert not config.allow_msg_counter


def test_what_is_the_truth_cannot_be_deleted_and_an_inbox_is_emptied_by_work() -> None:
    assert all(config.deny_delete and config.deny_purge for config in core_streams())
    assert inbox("mcdt-tinh").retention is RetentionPolicy.WORK_QUEUE
    assert inbox("mcdt-tinh").no_ack


def test_only_the_log_takes_batches() -> None:
    assert [config.name for config in STREAMS if config.allow_atomic] == [FACTS]


def test_a_contact_is_kept_for_ninety_days_and_no_older_value_beside_it() -> None:
    assert (contacts().ttl, contacts().history) == (CONTACT_LIFE_SECONDS, 1)


def test_a_body_leaves_room_for_its_headers() -> None:
    assert BODY_MAX_BYTES <= MESSAGE_SIZE_MAX_BYTES - 512


def test_scale_and_replicas_reach_every_stream() -> None:
    grown = core_streams(replicas=3, scale=20)

    assert {config.num_replicas for config in grown} == {3}
    assert [c.max_bytes for c in grown] == [20 * (c.max_bytes or 0) for c in core_streams()]


def test_a_difference_names_stream_setting_and_both_values() -> None:
    (config, *_) = core_streams()
    found = StreamConfig(**{f: getattr(config, f) for f in config.__dataclass_fields__})
    found.discard, found.allow_direct, found.max_bytes = DiscardPolicy.OLD, False, 1

    rows = differences(config, found)

    assert differences(config, config) == []
    assert {(row.setting, row.wanted, row.found) for row in rows} == {
        ("discard", "new", "old"),
        ("allow_direct", "True", "False"),
        ("max_bytes", str(config.max_bytes), "1"),
    }
    assert {row.stream for row in rows} == {FACTS}
