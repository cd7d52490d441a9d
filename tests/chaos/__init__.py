"""Chaos: kill -9 under load, then compare everything with a separate oracle."""
