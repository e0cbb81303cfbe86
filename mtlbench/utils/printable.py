"""Text from elsewhere, made harmless to show."""

from __future__ import annotations


def printable(text: str, keep: str = '') -> str:
    """Return a text with its control characters, such as a terminal's, written as escapes.

    Args:
        text: From anywhere.
        keep: Characters that stay as they are.
    """
    if text.isprintable():
        return text
    return ''.join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)
