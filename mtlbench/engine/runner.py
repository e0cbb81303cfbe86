"""mmengine's Runner with a quiet start."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.runner import Runner


class QuietRunner(Runner):
    """Runner that logs everything to its file, and only warnings to the console until training begins.

    mmengine logs hundreds of lines about the environment, the config and the hooks before the first update.
    """

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger with its console closed."""
        logger = super().build_logger(*args, **kwargs)
        self._consoles = [
            (handler, handler.level) for handler in logger.handlers if not isinstance(handler, logging.FileHandler)
        ]
        for handler, _ in self._consoles:
            handler.setLevel(logging.WARNING)
            handler.addFilter(_is_of_use)
        return logger

    def register_default_hooks(self, hooks: Mapping[str, Any] | None = None) -> None:
        """Register the default hooks, with a no-op hook in place of None."""
        super().register_default_hooks({name: hook or Hook() for name, hook in (hooks or {}).items()})

    def register_custom_hooks(self, hooks: Sequence[Any]) -> None:
        """Register further hooks, without None."""
        super().register_custom_hooks([hook for hook in hooks if hook is not None])

    def open_console(self) -> None:
        """Show log messages in the console from here on."""
        for handler, level in self._consoles:
            handler.setLevel(level)

    def go_on_from(self, checkpoint: Path) -> None:
        """Resume from a checkpoint when training begins, instead of the config's ``load_from``."""
        self._load_from, self._resume = str(checkpoint), True


def _is_of_use(record: logging.LogRecord) -> bool:
    """Return whether a line is useful to a user; mmengine warns about its own calls."""
    return 'will be deprecated' not in record.getMessage()
