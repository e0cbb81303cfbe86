"""``--cfg-options KEY=VALUE ...``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from mmengine.config import DictAction


class OptionsAction(DictAction):
    """mmengine's, with one line of help where an option is none."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Read the options; later ones win, also over those of an earlier ``--cfg-options``."""
        given = [values] if isinstance(values, str) else list(values or ())
        for value in given:
            if not str(value).partition('=')[0].strip() or '=' not in str(value):
                parser.error(f"{option_string}: expected KEY=VALUE, got '{value}'")
        before = dict(getattr(namespace, self.dest) or {})
        try:
            super().__call__(parser, namespace, given, option_string)
        except (ValueError, AssertionError, IndexError) as error:
            parser.error(f'{option_string}: {" ".join(given)} cannot be read: {error}')
        setattr(namespace, self.dest, {**before, **getattr(namespace, self.dest)})
