"""The option ``--cfg-options KEY=VALUE ...``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


class OptionsAction(argparse.Action):
    """mmengine's ``DictAction``, imported on first use, with one-line errors for invalid options."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Parse the options; later ones override earlier ones, across all ``--cfg-options``."""
        from mmengine.config import DictAction

        given = [values] if isinstance(values, str) else list(values or ())
        for pair in given:
            if not pair.partition('=')[0].strip() or '=' not in pair:
                raise argparse.ArgumentError(self, f"expected KEY=VALUE, got '{pair}'")
        before = dict(getattr(namespace, self.dest) or {})
        try:
            DictAction(self.option_strings, self.dest, nargs='+')(parser, namespace, given, option_string)
        except (ValueError, AssertionError, IndexError, RecursionError) as error:
            raise argparse.ArgumentError(self, f'{" ".join(given)} cannot be read: {error}') from error
        setattr(namespace, self.dest, {**before, **getattr(namespace, self.dest)})
