"""The counts of the campaign at the end of the session."""

from __future__ import annotations

import collections

import pytest
from campaign import VERDICTS

PROPERTY = 'fault'


def pytest_terminal_summary(terminalreporter):
    """A table: how many faults of each table came to which verdict."""
    counts = collections.defaultdict(collections.Counter)
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for name, value in getattr(report, 'user_properties', ()):
            if name == PROPERTY and getattr(report, 'when', '') == 'call':
                table, verdict = value
                counts[table][verdict] += 1
    if not counts:
        return
    counts['all'] = sum(counts.values(), collections.Counter())
    terminalreporter.section('faults')
    width = max(map(len, counts))
    terminalreporter.write_line(' ' * width + ''.join(f'{verdict:>16}' for verdict in VERDICTS))
    for table, found in counts.items():
        terminalreporter.write_line(f'{table:<{width}}' + ''.join(f'{found[verdict]:>16}' for verdict in VERDICTS))


@pytest.fixture(scope='session')
def templates(tmp_path_factory):
    """Where the finished and the interrupted run are kept."""
    return tmp_path_factory.mktemp('templates')
