#!/usr/bin/env bash
# The boards against Grafana's types and against a real Prometheus on the running demo.
# What cannot be checked here is said, never passed over: boards are not opened in Grafana.
set -euo pipefail
cd "$(dirname "$0")/../.."

python -m deploy.grafana.driver
git diff --exit-code --stat -- deploy/grafana/boards 2>/dev/null || {
  echo "the committed boards are not what the project says: make boards" >&2
  exit 1
}

if command -v npm >/dev/null; then
  python -m tests.ci.board_types
else
  echo "SKIPPED the typed check: npm is missing (apt-get install npm)" >&2
fi

for tool in prometheus prometheus-alertmanager; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing. On Debian: apt-get install prometheus prometheus-alertmanager" >&2
    exit 1
  }
done
python -m tests.ci.board_queries
echo "boards.sh: all green"
