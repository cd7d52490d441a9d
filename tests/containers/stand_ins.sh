#!/usr/bin/env bash
# Where no image can be pulled: local stand-ins under the names that the deployment uses.
#
#   tests/containers/stand_ins.sh        then: docker compose up --build, make test-containers
#
# Nothing that the deployment ships is changed for them. What each of them is, instead of the real one:
#   python:3.11.14-slim-bookworm   Debian bookworm by debootstrap with Debian's own Python 3.11
#   prom/prometheus, alertmanager  the same base with this machine's Debian binaries (2.42, 0.25)
#   grafana                        none: Debian has no Grafana. without-grafana.yml leaves it out
# Each carries the label motcua.stand-in, so that nobody takes it for the real one. An image of that
# name which is no stand-in is left alone. Needs root, Docker, debootstrap, prometheus, prometheus-alertmanager.
set -euo pipefail
cd "$(dirname "$0")/../.."

image_of() { # the name by which a file asks for it
  sed -nE "s#^ *(image: |ARG PYTHON_IMAGE=)($1:[^ ]+)\$#\2#p" docker-compose.yml deploy/Dockerfile | head -n 1
}

is_wanted() { # not there yet, or there as a stand-in of an earlier run
  local label
  label=$(docker image inspect --format '{{index .Config.Labels "motcua.stand-in"}}' "$1" 2>/dev/null) || return 0
  [ -n "$label" ] && [ "${AGAIN:-}" = yes ]
}

PYTHON=$(image_of python)
PROMETHEUS=$(image_of prom/prometheus)
ALERTMANAGER=$(image_of prom/alertmanager)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

if is_wanted "$PYTHON"; then
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,busybox \
    bookworm "$WORK/debian" >"$WORK/debootstrap.log" || { tail -n 20 "$WORK/debootstrap.log" >&2; exit 1; }
  # The official image has its Python here.
  for name in python python3 python3.11; do ln -s /usr/bin/python3.11 "$WORK/debian/usr/local/bin/$name"; done
  ln -s /bin/busybox "$WORK/debian/usr/bin/wget"
  # Behind a proxy with a root of its own, pip in a build trusts what this machine trusts.
  cp /etc/ssl/certs/ca-certificates.crt "$WORK/debian/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$WORK/debian/var/cache/apt" "$WORK/debian/var/lib/apt/lists" "$WORK/debian/usr/share/doc" "$WORK/debian/usr/share/man"
  tar -C "$WORK/debian" -c . | docker import \
    --change 'LABEL motcua.stand-in="Debian bookworm and its Python, by debootstrap"' \
    --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - "$PYTHON" >/dev/null
fi

watcher() { # image, Debian's binary, the name of the official entrypoint, its data directory
  is_wanted "$1" || return 0
  mkdir -p "$WORK/$3"
  cp "$(command -v "$2")" "$WORK/$3/$3"
  mkdir -p "$WORK/$3/share" && cp -r /usr/share/prometheus/alertmanager "$WORK/$3/share" # its templates
  docker build --quiet --tag "$1" --file - "$WORK/$3" >/dev/null <<END
FROM $PYTHON
LABEL motcua.stand-in="$("$2" --version 2>&1 | head -n 1 | cut -d' ' -f1-3) of Debian"
COPY $3 /bin/$3
COPY share /usr/share/prometheus
RUN mkdir -p $4 && chown 65534:65534 $4
USER 65534
WORKDIR $4
ENTRYPOINT ["/bin/$3"]
END
}
watcher "$PROMETHEUS" prometheus prometheus /prometheus
watcher "$ALERTMANAGER" prometheus-alertmanager alertmanager /alertmanager

for image in "$PYTHON" "$PROMETHEUS" "$ALERTMANAGER"; do
  docker image inspect --format "$image: {{with index .Config.Labels \"motcua.stand-in\"}}stand-in: {{.}}{{else}}not a stand-in{{end}}" "$image"
done
