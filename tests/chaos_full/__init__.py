"""Limits: a full disk, a full stream, no more file descriptors, no more memory."""
