"""The carriers: one folder each, behind `handlers.Carrier`."""
