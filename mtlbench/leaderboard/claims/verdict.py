"""Ordinal claims of the papers, and their evaluation on result records."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from mtlbench.errors import DataError
from mtlbench.leaderboard.estimate import LEVEL, Estimate

FOLDER = Path(__file__).parent
HOLDS, FAILS, UNDECIDED = 'holds', 'does not hold', 'undecided'
RULE = (
    "Claims: each comparison is a one-sided Welch's t-test. A claim holds if every comparison is significant at 5 %. "
    'It does not hold if one is significant in the opposite direction, at 5 % divided by the number of comparisons. '
    'Otherwise, it is undecided. Claims cannot be decided with one seed.'
)


@dataclass(frozen=True)
class Claim:
    """A claim of a paper about the order of rows.

    Args:
        says: Claim in words.
        suites: Ids of the suites that it refers to.
        groups: Labels of rows, or names of configs outside the table, best first. Each row of a group is better than
            each row of the next group.
        columns: Keys of the columns that it refers to.
    """

    says: str
    suites: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All compared pairs, the better row first."""
        return [pair for better, worse in itertools.pairwise(self.groups) for pair in itertools.product(better, worse)]

    @property
    def configs(self) -> set[str]:
        """Names of configs that are not rows of the table."""
        return {name for group in self.groups for name in group if '/' in name}


@dataclass(frozen=True)
class Comparison:
    """Comparison of two rows in one column.

    Args:
        better: Row that is better in the paper.
        worse: Row that is worse in the paper.
        column: Key of the column.
        gain: Measured gain of ``better`` over ``worse``; None without runs.
        p: One-sided p value of "there is no gain"; None if it cannot be computed.
    """

    better: str
    worse: str
    column: str
    gain: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Verdict:
    """Result of evaluating a claim on the records."""

    claim: Claim
    verdict: str
    comparisons: tuple[Comparison, ...]
    seeds: int

    def __str__(self) -> str:
        if self.verdict == HOLDS:
            return f'{HOLDS}: {self.claim.says}'
        if self.verdict == FAILS:
            against = [c for c in self.comparisons if c.p is not None and 1 - c.p < LEVEL / len(self.comparisons)]
            return f'{FAILS}: {self.claim.says} (contradicted by: {_listed(against)})'
        if not self.seeds:
            return f'{UNDECIDED}, runs are missing: {self.claim.says}'
        open_ = [c for c in self.comparisons if c.p is None or c.p >= LEVEL]
        return f'{UNDECIDED} at {self.seeds} seed{"s" * (self.seeds > 1)}: {self.claim.says} (open: {_listed(open_)})'


def judge(claim: Claim, estimate: Callable[[str, str], Estimate | None], higher: Callable[[str], bool]) -> Verdict:
    """Evaluate a claim.

    Args:
        claim: Claim of the paper.
        estimate: Function that returns the estimate of a row in a column.
        higher: Function that returns whether higher is better in a column.
    """
    comparisons, seeds = [], []
    for column in claim.columns:
        for better, worse in claim.pairs:
            a, b = estimate(better, column), estimate(worse, column)
            seeds += [len(side.values) for side in (a, b) if side is None or side.values] if a and b else [0]
            if a is None or b is None:
                comparisons.append(Comparison(better, worse, column))
                continue
            gain = a - b if higher(column) else b - a
            comparisons.append(Comparison(better, worse, column, gain.mean, gain.p_greater()))
    return Verdict(claim, _verdict([c.p for c in comparisons]), tuple(comparisons), min(seeds, default=0))


def _verdict(ps: Sequence[float | None]) -> str:
    known = [p for p in ps if p is not None]
    if any(1 - p < LEVEL / len(ps) for p in known):
        return FAILS
    return HOLDS if len(known) == len(ps) and all(p < LEVEL for p in known) else UNDECIDED


def _listed(comparisons: Sequence[Comparison], most: int = 3) -> str:
    parts = [
        f'{c.better} > {c.worse} in {c.column}' + (f', p = {c.p:.2g}' if c.p is not None else '')
        for c in comparisons[:most]
    ]
    rest = len(comparisons) - most
    return '; '.join(parts) + (f'; and {rest} more' if rest > 0 else '')


@functools.cache
def claims() -> tuple[Claim, ...]:
    """Return all claims.

    Raises:
        DataError: If a file of claims is damaged. The message names it.
    """
    found: list[Claim] = []
    for path in sorted(FOLDER.glob('*.yaml')):
        try:
            entries = yaml.safe_load(path.read_text(encoding='utf-8'))
            found += [_claim(**entry) for entry in entries]
        except (yaml.YAMLError, TypeError) as error:
            raise DataError(f'cannot read the claims in {path}: {error!r}; reinstall mtlbench') from error
    return tuple(found)


def claims_of(suite_id: str) -> list[Claim]:
    """Return the claims about a suite."""
    return [claim for claim in claims() if suite_id in claim.suites]


def _claim(says: str, suites: list[str], order: list[str | list[str]], columns: list[str]) -> Claim:
    groups = tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in order)
    return Claim(says, tuple(suites), groups, tuple(columns))
