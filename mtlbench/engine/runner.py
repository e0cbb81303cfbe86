"""mmengine's Runner, started quietly."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.runner import Runner


class QuietRunner(Runner):
    """A Runner whose log file holds everything, and whose console stays quiet but for warnings until training begins.

    mmengine tells hundreds of lines on the environment, the config and the hooks before the first update.
    """

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger, with a console that is still closed."""
        logger = super().build_logger(*args, **kwargs)
        self._consoles = [
            (handler, handler.level) for handler in logger.handlers if not isinstance(handler, logging.FileHandler)
        ]
        for handler, _ in self._consoles:
            handler.setLevel(logging.WARNING)
            handler.addFilter(_is_of_use)
        return logger

    def register_default_hooks(self, hooks: Mapping[str, Any] | None = None) -> None:
        """Register the default hooks; in place of one that is None stands one that does nothing."""
        super().register_default_hooks({name: hook or Hook() for name, hook in (hooks or {}).items()})

    def register_custom_hooks(self, hooks: Sequence[Any]) -> None:
        """Register further hooks; one that is None is left out."""
        super().register_custom_hooks([hook for hook in hooks if hook is not None])

    def open_console(self) -> None:
        """Let the console tell what is logged from here on."""
        for handler, level in self._consoles:
            handler.setLevel(level)

    def go_on_from(self, checkpoint: Path) -> None:
        """Resume from a checkpoint when training begins; what the config says of ``load_from`` no longer counts."""
        self._load_from, self._resume = str(checkpoint), True


def _is_of_use(record: logging.LogRecord) -> bool:
    """Whether a line says something to a user; mmengine warns of calls that it makes itself."""
    return 'will be deprecated' not in record.getMessage()
