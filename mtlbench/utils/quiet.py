"""Suppression of mmengine's log messages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger


@contextmanager
def quietly() -> Iterator[None]:
    """Suppress mmengine's info messages, such as one line per environment variable of each config file."""
    logger = MMLogger.get_current_instance()
    usual = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(usual)
