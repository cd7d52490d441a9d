"""`python -m services.intake`."""

import os
import sys

from shared.runtime import run_service

from .app import main
from .settings import read

if __name__ == "__main__":
    sys.exit(run_service(lambda: main(read(os.environ))))
