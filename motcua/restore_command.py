"""`motcua restore`: the other half of `motcua backup`."""

from .backup_command import restore as command

__all__ = ["command"]
