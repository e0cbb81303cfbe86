"""The papers' ordinal claims, and what the records say about them."""

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
    "Claims: each comparison by Welch's t-test, one-sided. A claim holds when every comparison is significant at 5 %; "
    'it does not when one is significant the other way, at 5 % over the number of comparisons; else it is undecided. '
    'One seed decides nothing.'
)


@dataclass(frozen=True)
class Claim:
    """One statement of a paper on the order of rows.

    Args:
        says: The statement in words.
        suites: The tables that it is about.
        groups: Labels of rows, or names of configs outside the table, best first; each of a group is better than each
            of the next.
        columns: Keys of the columns in which that is so.
    """

    says: str
    suites: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All pairs compared, the better first."""
        return [pair for better, worse in itertools.pairwise(self.groups) for pair in itertools.product(better, worse)]

    @property
    def configs(self) -> set[str]:
        """The names of configs that stand in no row of the table."""
        return {name for group in self.groups for name in group if '/' in name}


@dataclass(frozen=True)
class Comparison:
    """One pair in one column.

    Args:
        better: Which the paper says is better.
        worse: Than which.
        column: Where.
        gain: By how much, positive when it is; None where there are no runs.
        p: One-sided p value of "it is not better"; None where that cannot be said.
    """

    better: str
    worse: str
    column: str
    gain: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What the records say about a claim."""

    claim: Claim
    verdict: str
    comparisons: tuple[Comparison, ...]
    seeds: int

    def __str__(self) -> str:
        if self.verdict == HOLDS:
            return f'{HOLDS}: {self.claim.says}'
        if self.verdict == FAILS:
            against = [c for c in self.comparisons if c.p is not None and 1 - c.p < LEVEL / len(self.comparisons)]
            return f'{FAILS}: {self.claim.says} (against it: {_told(against)})'
        if not self.seeds:
            return f'{UNDECIDED}, runs are missing: {self.claim.says}'
        open_ = [c for c in self.comparisons if c.p is None or c.p >= LEVEL]
        return f'{UNDECIDED} at {self.seeds} seed{"s" * (self.seeds > 1)}: {self.claim.says} (open: {_told(open_)})'


def judge(claim: Claim, estimate: Callable[[str, str], Estimate | None], higher: Callable[[str], bool]) -> Verdict:
    """The verdict on a claim.

    Args:
        claim: What the paper says.
        estimate: Gives the figure of a row in a column.
        higher: Tells whether more is better in a column.
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


def _told(comparisons: Sequence[Comparison], most: int = 3) -> str:
    told = [
        f'{c.better} > {c.worse} in {c.column}' + (f', p = {c.p:.2g}' if c.p is not None else '')
        for c in comparisons[:most]
    ]
    rest = len(comparisons) - most
    return '; '.join(told) + (f'; and {rest} more' if rest > 0 else '')


@functools.cache
def claims() -> tuple[Claim, ...]:
    """All claims.

    Raises:
        DataError: When a file of the claims is damaged; the message names it.
    """
    found: list[Claim] = []
    for path in sorted(FOLDER.glob('*.yaml')):
        try:
            entries = yaml.safe_load(path.read_text(encoding='utf-8'))
            found += [_claim(**entry) for entry in entries]
        except (yaml.YAMLError, TypeError) as error:
            raise DataError(f'claims {path} cannot be read: {error!r}; install mtlbench again') from error
    return tuple(found)


def claims_of(suite_id: str) -> list[Claim]:
    """The claims about a table."""
    return [claim for claim in claims() if suite_id in claim.suites]


def _claim(says: str, suites: list[str], order: list[str | list[str]], columns: list[str]) -> Claim:
    groups = tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in order)
    return Claim(says, tuple(suites), groups, tuple(columns))
