"""Parts of a province's calendar file, as a person writes them."""

SUMMER_HOURS = """
[[session]]
start = 07:00:00
end = 11:00:00

[[session]]
start = 13:30:00
end = 17:30:00
"""
DAY_OFF = """
[[override]]
date = 2026-03-04
kind = "off"
source = "ví dụ"
status = "assumed"
"""
