"""The carriers: one folder each, behind `ordering.Carrier`."""
