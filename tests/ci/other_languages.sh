#!/usr/bin/env bash
# Publishers that are not ours: the CloudEvents SDK over HTTP, nats.js from Node over NATS.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in node npm; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing. On Debian: apt-get install nodejs npm" >&2
    exit 1
  }
done
node --version

program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
cp tests/ci/other_languages/{package.json,package-lock.json,publish.mjs} "$program"
npm ci --prefix "$program" --no-audit --no-fund --ignore-scripts --loglevel=error

python -m tests.ci.other_languages.check "$program"
