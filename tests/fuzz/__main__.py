"""`make fuzz`: so many broken inputs at each entry; one line an entry, PASS or FAIL.

Most inputs meet the application in this process; `--real` is the share that goes over sockets to
a real service on a real broker, with headers and framing that no client library would send.
"""

import argparse
import asyncio
import logging
import sys

from .entries import ENTRIES, run_entry
from .tally import guarded_against_hangs


def main() -> int:
    """Parse the arguments, run entry by entry; 1 where one of them failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, default=100_000, help="inputs an entry")
    parser.add_argument("--entry", choices=ENTRIES, action="append", help="only this one")
    parser.add_argument("--real", type=float, default=0.02, help="share sent to a real process")
    chosen = parser.parse_args()
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    is_good = True
    for entry in chosen.entry or ENTRIES:
        with guarded_against_hangs():
            tally = asyncio.run(run_entry(entry, chosen.seed, chosen.n, real_share=chosen.real))
        for fault in tally.faults:
            print("  ", fault)
        print(f"   reasons: {dict(tally.reasons.most_common())}")
        print(tally.line(), flush=True)
        is_good = is_good and tally.passed
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
