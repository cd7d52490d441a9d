"""The language: every fact that services exchange, as CloudEvents 1.0 (docs/adr/0001)."""
