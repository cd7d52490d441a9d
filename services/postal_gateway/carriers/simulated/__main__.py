"""The simulated carrier's process: `python -m services.postal_gateway.carriers.simulated`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
from litestar import Litestar

from services.postal_gateway.carriers.simulated.faults import Faults, Outage, Rates, WebhookRates
from services.postal_gateway.carriers.simulated.orders import Chances, OrderBook
from services.postal_gateway.carriers.simulated.sending import WebhookSender
from services.postal_gateway.carriers.simulated.server import SimulatedCarrier, make_carrier_app
from shared.clock import SystemClock
from shared.observability import configure_logging, get_logger
from shared.runtime import ExitCode, run_service, serve
from shared.runtime.web import Lifespan

_RATE = click.FloatRange(0, 1)
_PATH = click.Path(dir_okay=False, path_type=Path)


async def _serve(options: dict[str, Any]) -> ExitCode:
    configure_logging(style="readable")
    log = get_logger("carrier")
    book = OrderBook(
        speed=options["speed"], seed=options["seed"], journal=options["file"],
        chances=Chances(
            delivery_failed=options["failed_rate"], returned=options["returned_rate"],
            unknown_code=options["unknown_rate"],
        ),
    )  # fmt: skip
    rates = Rates(
        error=options["error_rate"], throttled=options["throttled_rate"],
        late_error=options["late_error_rate"], silence=options["silence_rate"],
        garbled=options["garbled_rate"],
    )  # fmt: skip
    outage = Outage(options["outage_after_seconds"], options["outage_seconds"])
    secret, clock = options["token_file"].read_text().strip(), SystemClock()
    carrier = SimulatedCarrier(
        book, Faults(rates, options["seed"], outage), secret=secret, clock=clock,
        silence_seconds=options["silence_seconds"],
    )  # fmt: skip
    lifespan = [_sending(book, options, secret)] if options["webhook_url"] else []
    app = make_carrier_app(carrier, log, lifespan=lifespan)
    return await serve(app, host=options["host"], port=options["port"], log=log)


def _sending(book: OrderBook, options: dict[str, Any], secret: str) -> Lifespan:
    sender = WebhookSender(
        book, options["webhook_url"], options["webhook_secret"] or secret, clock=SystemClock(),
        is_signing=options["webhook_proof"] == "signature", seed=options["seed"],
        rates=WebhookRates(
            lost=options["webhook_lost_rate"], doubled=options["webhook_doubled_rate"],
            delayed=options["webhook_delayed_rate"], wrong_id=options["webhook_wrong_rate"],
        ),
    )  # fmt: skip

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(sender.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return lifespan


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65_535), required=True)
@click.option("--token-file", type=_PATH, required=True, help="The secret that opens it.")
@click.option("--file", type=_PATH, help="Keep orders here; without it they live in memory.")
@click.option("--speed", type=click.FloatRange(0.01), default=60.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--error-rate", type=_RATE, default=0.0, help="500, nothing done.")
@click.option("--throttled-rate", type=_RATE, default=0.0, help="429, nothing done.")
@click.option("--late-error-rate", type=_RATE, default=0.0, help="500, and done.")
@click.option("--silence-rate", type=_RATE, default=0.0, help="Done, and no answer.")
@click.option("--silence-seconds", type=float, default=45.0, show_default=True)
@click.option("--garbled-rate", type=_RATE, default=0.0, help="Done, and no JSON.")
@click.option("--outage-after-seconds", type=float, default=0.0, help="Of real time.")
@click.option("--outage-seconds", type=float, default=0.0, help="Nothing is answered so long.")
@click.option("--webhook-url", default="", help="Where statuses of Viettel Post's shape go.")
@click.option("--webhook-secret", default="", help="Without it: what --token-file holds.")
@click.option("--webhook-proof", type=click.Choice(["token", "signature"]), default="token")
@click.option("--webhook-lost-rate", type=_RATE, default=0.0)
@click.option("--webhook-doubled-rate", type=_RATE, default=0.0)
@click.option("--webhook-delayed-rate", type=_RATE, default=0.0, help="Behind later ones.")
@click.option("--webhook-wrong-rate", type=_RATE, default=0.0, help="About no order.")
@click.option("--failed-rate", type=_RATE, default=0.1, show_default=True)
@click.option("--returned-rate", type=_RATE, default=0.02, show_default=True)
@click.option("--unknown-rate", type=_RATE, default=0.0, help="A code that nobody knows.")
def main(**options: Any) -> None:
    """Serve until told to stop."""
    sys.exit(run_service(lambda: _serve(options)))


if __name__ == "__main__":
    main()
