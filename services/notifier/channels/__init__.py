"""The ways to tell people."""
