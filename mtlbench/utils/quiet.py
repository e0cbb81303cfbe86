"""mmengine without its remarks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger


@contextmanager
def quietly() -> Iterator[None]:
    """Without mmengine's remarks, such as a line for each environment variable of each config file."""
    logger = MMLogger.get_current_instance()
    usual = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(usual)
