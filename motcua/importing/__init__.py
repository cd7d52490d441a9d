"""`motcua import`: a file into a running intake."""

from .command import command

__all__ = ["command"]
