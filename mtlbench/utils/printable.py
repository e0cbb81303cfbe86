"""Safe display of untrusted text."""

from __future__ import annotations


def printable(text: str, keep: str = '') -> str:
    """Return a text with control characters, such as terminal codes, replaced by escapes.

    Args:
        text: Text from any source.
        keep: Characters that are kept.
    """
    if text.isprintable():
        return text
    return ''.join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)
