"""Chaos for the notifier: a virtual clock, two copies, kills, a broker restart, and a recount."""
