#!/usr/bin/env bash
# Scoring's desk in a real browser: the states of a dossier, one after the other.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v chromium >/dev/null || {
  echo "chromium is missing. On Debian: apt-get install chromium" >&2
  exit 1
}
python -m tests.ci.dossier_walk "$@"
