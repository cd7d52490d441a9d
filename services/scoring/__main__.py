"""`python -m services.scoring`: real clock, real broker, settings from the environment."""

import os
import sys

from services.scoring import app
from services.scoring.settings import read
from shared.runtime import run_service


def main() -> int:
    """Run until told to stop; the exit code says why it ended."""
    return run_service(lambda: app.main(read(os.environ)))


if __name__ == "__main__":
    sys.exit(main())
