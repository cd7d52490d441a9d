"""A message as a mail: the same words with headings, a box of counts and a list. Pure.

Only what every mail program draws: no picture, no script, nothing from elsewhere.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from services.notifier.domain.messages import Message

_PAGE: Final = (
    '<div style="font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;'
    'color:#1b2733;max-width:800px;padding:8px 16px">'
)
_HEAD: Final = '<h1 style="font-size:20px;border-bottom:3px solid #a3161e;padding-bottom:8px">'
_BOX: Final = "background:#f2f5f7;border-left:4px solid #a3161e;padding:8px 16px"
_BULLET: Final = "- "


def mail_of(message: Message) -> str:
    """The body of a mail in HTML: block by block, as the text stands."""
    blocks = (block.split("\n") for block in message.body.strip().split("\n\n"))
    drawn = "".join("".join(_block(lines)) for lines in blocks)
    return f"{_PAGE}{_HEAD}{escape(message.title)}</h1>{drawn}</div>"


def _block(lines: list[str]) -> Iterator[str]:
    counts = [_counts(line) for line in lines]
    if all(number for _, number in counts):
        rows = (f"{name}: <strong>{number}</strong>" for name, number in counts)
        yield f'<p style="{_BOX}">{"<br>".join(rows)}</p>'
        return
    items = [line.removeprefix(_BULLET) for line in lines if line.startswith(_BULLET)]
    for line in lines:
        if line.startswith(_BULLET):
            if items:
                yield f"<ul>{''.join(f'<li>{_strong(item)}</li>' for item in items)}</ul>"
                items = []
        else:
            yield f"<p>{_strong(line)}</p>"


def _counts(line: str) -> tuple[str, str]:
    """The name and the number of a line of counts; the number is empty where it is none."""
    name, found, number = line.rpartition(": ")
    return (escape(name), number) if found and number.isdecimal() else ("", "")


def _strong(line: str) -> str:
    """What stands before the first colon is what the line is about; an address is a link."""
    name, found, more = line.partition(": ")
    if not found:
        return escape(line)
    said = escape(more)
    if more.startswith(("http://", "https://")):
        said = f'<a href="{said}">{said}</a>'
    return f"<strong>{escape(name)}</strong>: {said}"
