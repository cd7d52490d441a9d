"""Barcodes for printed records: Code 128, as plain SVG that needs neither script nor style."""

from typing import Final

import barcode
from markupsafe import Markup

_QUIET_MODULES: Final = 10
_HEIGHT: Final = 30


def code128(text: str) -> Markup:
    """The text as a barcode; order numbers and tracking numbers are what a scanner types."""
    (modules,) = barcode.get("code128", text).build()
    bars = []
    start = None
    for place, module in enumerate([*modules, "0"]):
        if module == "1" and start is None:
            start = place
        elif module != "1" and start is not None:
            bars.append(
                f'<rect x="{start + _QUIET_MODULES}" width="{place - start}" height="100%"/>'
            )
            start = None
    width = len(modules) + 2 * _QUIET_MODULES
    return Markup(
        '<svg class="barcode" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">'
    ).format(width, _HEIGHT, text) + Markup("".join(bars) + "</svg>")  # noqa: S704 - numbers of ours
