"""Translators at intake's edge: one package per kind of system that tells us something."""
