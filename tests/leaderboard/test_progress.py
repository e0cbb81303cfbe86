from __future__ import annotations

from datetime import timedelta

from mtlbench.scheduling.progress import Progress, read_progress, time_left

LINE = '2026/11/21 12:25:14 - mmengine - INFO - Iter(train) [{:>3}/750]  lr: 1.0e-03  eta: {}  time: 0.2  loss: 1.5\n'


def test_the_newest_line_of_the_trainer_counts(tmp_path):
    log = tmp_path / 'train.log'
    assert read_progress(log) is None
    log.write_text('Traceback\n')
    assert read_progress(log) is None
    log.write_text(
        'x' * 50000 + '\n' + LINE.format(50, '0:02:36') + LINE.format(100, '1 day, 2:00:05') + 'Iter(val) [1/2]'
    )
    assert read_progress(log) == Progress(100, 750, 26 * 3600 + 5)


def test_time_left():
    half = Progress(5, 10, 30.0)
    assert time_left(3, [(1.0, None)], [], 1) is None
    # Three waiting runs of a minute each after the half of one, one at a time; two at a time the half is shared.
    assert time_left(3, [(30.0, half)], [], 1) == timedelta(seconds=210)
    assert time_left(3, [(30.0, half)], [60.0], 2) == timedelta(seconds=105)
    # A run that says nothing is taken for an average one; the slowest is waited for in any case.
    assert time_left(0, [(10.0, None), (30.0, half)], [60.0], 2) == timedelta(seconds=50)
