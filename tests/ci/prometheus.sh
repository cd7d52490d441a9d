#!/usr/bin/env bash
# Rules, configuration and routes, by the tools that will read them; then a stopped source in a real
# Prometheus and Alertmanager. Nothing is skipped: a missing tool is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in promtool amtool prometheus prometheus-alertmanager; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing. On Debian: apt-get install prometheus prometheus-alertmanager" >&2
    exit 1
  }
done
promtool --version | head -1
amtool --version 2>&1 | head -1

cd deploy/prometheus
promtool check config prometheus.yml
promtool check rules rules/*.yml
promtool test rules tests/*.yml
cd ../alertmanager
amtool check-config alertmanager.yml

route() { # receiver, labels…
  local wanted=$1
  shift
  local found
  found=$(amtool config routes test --config.file=alertmanager.yml "$@")
  if [ "$found" != "$wanted" ]; then
    echo "route of [$*]: $found, wanted $wanted" >&2
    exit 1
  fi
  echo "route of [$*]: $found"
}
route van-hanh-khan alertname=DataStale team=van-hanh severity=critical class=health
route van-hanh alertname=StreamFilling team=van-hanh severity=warning class=health
route tich-hop alertname=SourceSilent team=tich-hop severity=warning class=data
route nghiep-vu alertname=DossierOverdue team=nghiep-vu agency=H99.05
route nguoi-gac-ben-ngoai alertname=DeadMansSwitch team=van-hanh severity=none
route van-hanh alertname=Unheard-of
# A misspelt team must reach somebody.
route van-hanh alertname=DataStale team=vanhanh severity=critical

cd ../..
python -m tests.ci.stale_data
echo "prometheus.sh: all green"
