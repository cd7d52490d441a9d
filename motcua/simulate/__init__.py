"""An invented province, the same for the same seed: its catalogue, its facts, its present day."""

from motcua.simulate.profiles import UnknownProfile, load_profile, profile_names
from motcua.simulate.province import simulate
from motcua.simulate.tree import catalogue_for

__all__ = ["UnknownProfile", "catalogue_for", "load_profile", "profile_names", "simulate"]
