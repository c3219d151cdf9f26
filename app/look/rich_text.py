"""Rich text in which names from files are only text."""

import re

ALLOWED = re.compile(
    r"</?(?:b|i|p|sub|sup|span)>|<br/?>|<span style=\"(?:font-weight:600|"
    r"color:#[0-9a-fA-F]{6})\">"
)
"""The tags that the program itself writes; none of them fetches anything."""


def safe(text: str) -> str:
    """Return ``text`` with every other tag shown as it is written.

    Qt would load the picture that a spectrum is named after, and follow a style.
    """
    if "<" not in text:
        return text
    kept = ALLOWED.findall(text)
    pieces = [piece.replace("<", "&lt;") for piece in ALLOWED.split(text)]
    if not any("&lt;" in piece for piece in pieces):
        return text
    return "".join(piece + tag for piece, tag in zip(pieces, [*kept, ""], strict=True))


def safe_tip(text: str) -> str:
    """Return ``text`` for a tooltip, which has no other way to be plain."""
    escaped = safe(text)
    if escaped == text:
        return text
    return "<p>" + escaped.replace("\n", "<br>") + "</p>"
