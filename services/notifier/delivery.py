"""Telling people: one message a person and round, whatever the number of alerts and copies.

Who tells whom is won by compare-and-set on `alert.round.<person>`. An alert is claimed on
`alert.delivered.<alert>.<occasion>.<person>.<channel>` before it is told and settled there
afterwards. A copy that dies in between leaves a claim behind; nobody can know whether the message
went out, so it is told late, labelled "nhắc lại".
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Protocol

from msgspec import Struct

from services.notifier.book import AlertBook
from services.notifier.domain.clocks import About
from services.notifier.domain.messages import Message, digest
from services.notifier.domain.occasions import Occasion, occasions
from services.notifier.domain.people import Directory, Person, may_tell_from, telling_day
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules, Stage
from services.notifier.domain.telling import Outcome, Telling, Timing, Try, telling
from services.notifier.metrics import Metrics
from services.notifier.standing import ROUND
from services.notifier.writer import AlertWriter, Said
from shared.bus.claims import Sightings, Verdict
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.alert import AlertDelivered
from shared.observability import ServiceLog

_NOW: Final = (Telling.FIRST, Telling.RETRY, Telling.REPEAT)


class Channel(Protocol):
    """A way to tell people. It never raises: no answer is an answer."""

    name: str

    async def send(self, message: Message) -> Outcome:
        """Send; SENT, FAILED (nobody was told) or UNKNOWN."""
        ...


class Job(Struct, frozen=True):
    """One alert to be told to one person now."""

    record: AlertRecord
    occasion: Occasion
    attempt: Try


class Batch(Struct, frozen=True):
    """What goes into one message."""

    person: str
    channel: str
    is_repeat: bool
    is_again: bool


class Deliverer:
    """Runs rounds. Any number of copies may: each message has one sender."""

    def __init__(
        self,
        book: AlertBook,
        writer: AlertWriter,
        channels: Mapping[str, Channel],
        directory: Directory,
        rules: AlertRules,
        *,
        calendar: WorkingCalendar,
        clock: Clock,
        metrics: Metrics,
        log: ServiceLog,
        agencies: Mapping[str, str],
        desk_url: str = "",
        timing: Timing | None = None,
    ) -> None:
        self._book = book
        self._writer = writer
        self._channels = channels
        self._directory = directory
        self._rules = rules
        self._calendar = calendar
        self._clock = clock
        self._metrics = metrics
        self._log = log
        self._agencies = agencies
        self._desk_url = desk_url
        self._timing = timing or Timing()
        self._sightings = Sightings(clock.monotonic)
        self._watched: set[str] = set()
        self._watch_from_start = True

    async def round(self) -> int:
        """Tell what is to be told now, person by person; return how many tellings."""
        now = epoch_of(self._clock.now())
        told_count = 0
        for person, jobs in self._due_jobs(now).items():
            if await self._is_ours(person, jobs, now):
                for batch, group in _batches(person, jobs).items():
                    told_count += await self._tell(batch, group)
        return told_count

    # ------------------------------------------------------------------ what is due

    def _due_jobs(self, now: int) -> dict[str, list[Job]]:
        if self._watch_from_start:
            self._watched.update(self._book.open)
            self._watch_from_start = False
        self._watched |= self._book.news
        self._book.news.clear()
        found: defaultdict[str, list[Job]] = defaultdict(list)
        done: list[str] = []
        for alert_id in self._watched:
            record = self._book.open.get(alert_id)
            stage = self._rules.by_code.get(record.stage) if record else None
            if record is None or stage is None or self._jobs_of(record, stage, now, found):
                done.append(alert_id)
        self._watched.difference_update(done)
        return found

    def _jobs_of(
        self, record: AlertRecord, stage: Stage, now: int, found: dict[str, list[Job]]
    ) -> bool:
        """Add what is due now; True if nothing more will be without another fact."""
        grouping = self._rules.grouping
        if self._book.standing.quiet_scope(record.stage, record.agency, now) is not None:
            return False
        is_done = record.quiet is None and not grouping.repeat_working_hours
        for occasion in occasions(record, stage, grouping, now, calendar=self._calendar):
            for person in self._people(record, occasion):
                one = self._telling(record, occasion, person, now)
                if one.telling is Telling.ALREADY_TOLD:
                    continue
                is_done = False
                job = Job(record, occasion, one)
                if one.telling in _NOW and self._is_time(job, person, stage, now):
                    found[person.id].append(job)
        return is_done

    def _telling(self, record: AlertRecord, occasion: Occasion, person: Person, now: int) -> Try:
        asked = partial(
            telling, record, _ways(record, person), now, self._timing,
            recipient=person.id, occasion=occasion.name,
        )  # fmt: skip
        one = asked()
        if not one.sequence or one.telling is Telling.ALREADY_TOLD:
            return one
        key = f"{record.alert_id}.{occasion.name}.{person.id}.{one.channel}"
        return asked(seen_seconds=self._sightings.age(key, one.sequence))

    def _people(self, record: AlertRecord, occasion: Occasion) -> tuple[Person, ...]:
        # Of its own day: when the week changes hands, nobody is told a second time.
        on = telling_day(occasion.at, self._calendar)
        return self._directory.recipients(record.agency, occasion.level, occasion.roles, on)

    def _is_time(self, job: Job, person: Person, stage: Stage, now: int) -> bool:
        if self._waited(job, now) < self._rules.grouping.first_wait_seconds:
            return False
        return now >= may_tell_from(now, person, is_urgent=stage.urgent, calendar=self._calendar)

    def _waited(self, job: Job, now: int) -> float:
        """Seconds since the occasion; since it was seen here, where our clock has it to come."""
        if now >= job.occasion.at:
            return now - job.occasion.at
        return self._sightings.age(f"{job.record.alert_id}.{job.occasion.name}", job.occasion.at)

    # ------------------------------------------------------------------ telling

    async def _is_ours(self, person: str, jobs: Sequence[Job], now: int) -> bool:
        """Win the person's round: two copies at once would make two messages of one burst."""
        last = self._book.standing.rounds.get(person)
        is_pressing = any(self._is_pressing(person, job) for job in jobs)
        interval = 0 if is_pressing else self._rules.grouping.interval_seconds
        if last is not None:
            seen_seconds = self._sightings.age(f"{ROUND}{person}", last.sequence)
            if max(now - last.at, seen_seconds) < interval:
                return False
        event = AlertDelivered(
            alert_id=f"{ROUND}{person}", stage=jobs[0].record.stage,
            agency_code=jobs[0].record.agency, channel=jobs[0].attempt.channel,
            recipient=person, outcome=Outcome.CLAIMED.value,
        )  # fmt: skip
        said = Said("round", event, jobs[0].record.dossier, last.sequence if last else 0)
        try:
            won = await self._writer.write(said)
        except TemporarilyUnavailable:
            return False
        return won.verdict is Verdict.WON

    def _is_pressing(self, person: str, job: Job) -> bool:
        """A message that did not get through, and what is urgent, waits for no interval."""
        known = self._directory.by_id.get(person)
        is_first_way = known is None or job.attempt.channel == known.channels[0]
        is_first = job.attempt.telling is Telling.FIRST and is_first_way
        return not is_first or self._rules.by_code[job.record.stage].urgent

    async def _tell(self, batch: Batch, group: Sequence[Job]) -> int:
        claimed = await self._mark(batch, group, Outcome.CLAIMED)
        channel = self._channels.get(batch.channel)
        if not claimed or channel is None:
            return 0
        message = digest(
            [job.record for job in claimed], epoch_of(self._clock.now()), self._rules,
            agencies=self._agencies, is_repeat=batch.is_repeat, is_again=batch.is_again,
            desk_url=self._desk_url, key=_message_key(batch, claimed),
        )  # fmt: skip
        outcome = await channel.send(message)
        self._metrics.told(batch.channel, outcome, len(claimed))
        self._log.info(
            "alerts_told", channel=batch.channel, outcome=outcome.value, count=len(claimed)
        )
        await self._mark(batch, claimed, outcome)
        return len(claimed)

    async def _mark(self, batch: Batch, group: Sequence[Job], outcome: Outcome) -> list[Job]:
        """Write the state of each; return those we could, with where it stands now.

        One that cannot be written is left as it is: it goes stale, and is told again, labelled.
        """
        results = await asyncio.gather(
            *(self._write(batch, job, outcome) for job in group), return_exceptions=True
        )
        done: list[Job] = []
        for job, result in zip(group, results, strict=True):
            if isinstance(result, TemporarilyUnavailable):
                continue
            if isinstance(result, BaseException):
                raise result
            if result is not None:
                done.append(_standing_at(job, result))
        return done

    async def _write(self, batch: Batch, job: Job, outcome: Outcome) -> int | None:
        """Where the state stands now; None where another copy was faster."""
        record = job.record
        event = AlertDelivered(
            alert_id=record.alert_id, stage=record.stage, agency_code=record.agency,
            channel=batch.channel, recipient=batch.person, outcome=outcome.value,
            attempt=job.attempt.attempt, occasion=job.occasion.name,
        )  # fmt: skip
        said = Said("delivered", event, record.dossier, job.attempt.sequence)
        key = f"{job.occasion.name}.{batch.person}.{batch.channel}"
        written = await self._writer.write(said, key=key)
        return written.sequence if written.verdict is Verdict.WON else None


def _ways(record: AlertRecord, person: Person) -> tuple[str, ...]:
    """The person's channels. That a channel fails is told by another, if there is one."""
    if record.about != About.CHANNEL:
        return person.channels
    others = tuple(name for name in person.channels if name != record.dossier)
    return others or person.channels


def _batches(person: str, jobs: Sequence[Job]) -> dict[Batch, list[Job]]:
    found: defaultdict[Batch, list[Job]] = defaultdict(list)
    for job in jobs:
        is_repeat = job.attempt.telling is Telling.REPEAT
        is_again = job.occasion.is_again and not is_repeat
        found[Batch(person, job.attempt.channel, is_repeat, is_again)].append(job)
    return found


def _standing_at(job: Job, sequence: int) -> Job:
    attempt = Try(job.attempt.telling, job.attempt.channel, job.attempt.attempt, sequence)
    return Job(job.record, job.occasion, attempt)


def _message_key(batch: Batch, jobs: Sequence[Job]) -> str:
    """The same for the same words to the same person: what a channel tells repeats by."""
    said = sorted(f"{job.record.alert_id}.{job.occasion.name}" for job in jobs)
    text = f"{batch.person}|{batch.channel}|" + "|".join(said)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
