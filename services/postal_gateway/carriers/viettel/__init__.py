"""Viettel Post's shape: create, webhook in, a daily statement behind it. Source: [VIETTEL-POST]."""
