"""Agencies, fields and procedures of a province."""
