#!/usr/bin/env bash
# Hashes, licences and the bill of materials of what is locked. Known weaknesses are asked of a
# service on the network; where it cannot be reached that is said, and is no failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
make audit
