"""The process."""

import os
import sys

from services.postal_gateway import app, settings
from shared.runtime import run_service


def main() -> int:
    """Run the gateway until it is told to stop."""
    return run_service(lambda: app.main(settings.read(os.environ)))


if __name__ == "__main__":
    sys.exit(main())
