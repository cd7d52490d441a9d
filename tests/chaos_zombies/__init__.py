"""Zombies: processes that live and do nothing. Each must recover, or end and be started again."""
