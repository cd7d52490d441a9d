"""Boards drawn with Grafana's panel library from Prometheus' answers; no screenshots of Grafana."""
