"""The counts of faults and kills at the end of the session."""

from __future__ import annotations

import collections

import pytest
from campaign import VERDICTS
from kills import KILL_VERDICTS


def pytest_terminal_summary(terminalreporter):
    """Two tables: how many faults of each table, and how many kills of each work, came to which verdict."""
    for kind, verdicts in (('fault', VERDICTS), ('kill', KILL_VERDICTS)):
        counts = _counts(terminalreporter, kind)
        if counts:
            counts['all'] = sum(counts.values(), collections.Counter())
            _write(terminalreporter, f'{kind}s', counts, verdicts)


def _counts(terminalreporter, kind):
    counts = collections.defaultdict(collections.Counter)
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for name, value in getattr(report, 'user_properties', ()) if getattr(report, 'when', '') == 'call' else ():
            if name == kind:
                subject, verdict = value
                counts[subject][verdict] += 1
    return counts


def _write(terminalreporter, title, counts, verdicts):
    terminalreporter.section(title)
    width = max(map(len, counts))
    terminalreporter.write_line(' ' * width + ''.join(f'{verdict:>16}' for verdict in verdicts))
    for subject, found in counts.items():
        terminalreporter.write_line(f'{subject:<{width}}' + ''.join(f'{found[verdict]:>16}' for verdict in verdicts))


@pytest.fixture(scope='session')
def templates(tmp_path_factory):
    """Where the finished and the interrupted run are kept."""
    return tmp_path_factory.mktemp('templates')
