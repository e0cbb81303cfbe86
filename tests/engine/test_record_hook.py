"""What the record hook derives."""

import math

import pytest

from mtlbench.config import load_config
from mtlbench.engine.hooks.record import ResultRecordHook, best_of, means_of, versions
from mtlbench.errors import ConfigError


def test_best_follows_the_direction_and_skips_nan():
    history = [{'iter': 1, 'a': 1.0, 'b': 1.0}, {'iter': 2, 'a': math.nan, 'b': 0.5}, {'iter': 3, 'a': 0.2, 'b': 0.7}]
    best = best_of(history, {'a': True, 'b': False, 'c': True})
    assert (best['a'], best['b']) == (1.0, 0.5)
    assert math.isnan(best['c'])


def test_versions_name_torch():
    assert {'python', 'torch', 'mmengine', 'mtlbench'} <= versions().keys()


def test_means_are_of_the_validations_with_a_value():
    history = [{'iter': 1, 'a': 1.0, 'b': 1.0, 'c': math.nan}, {'iter': 2, 'a': 4.0, 'b': math.nan, 'c': math.nan}]
    means = means_of(history)
    assert list(means) == ['a', 'b', 'c']
    assert (means['a'], means['b']) == (2.5, 1.0)
    assert math.isnan(means['c'])
    assert means_of(history[1:])['a'] == 4.0


@pytest.mark.parametrize('number', [0, -1, 2.5, None])
def test_no_validation_cannot_be_averaged(number):
    with pytest.raises(ConfigError, match=r'record.average_last is .*, expected a whole number of 1 or more'):
        ResultRecordHook(number)


@pytest.mark.parametrize(
    ('data', 'tasks', 'epochs'),
    [('nyuv2_mtan', 'sdn_linear', 398), ('cityscapes_mtan', 'sd_linear_inverse', 372)],
)
@pytest.mark.parametrize(('profile', 'updates'), [('full', None), ('mini', 500), ('mini', 600), ('small', 1200)])
def test_the_last_ten_validations_of_the_shared_tables(data, tasks, epochs, profile, updates, tmp_path):
    """Once an epoch in full size; in a small profile all ten lie in the last twentieth of the run."""
    from mtlbench.config import config_dir

    parts = [f'datasets/{data}_augmented', f'tasks/{tasks}', 'methods/mtl', f'schedules/mtan_{data.split("_")[0]}']
    config = tmp_path / f'sd_{data}.py'
    config.write_text(f'_base_ = {[str(config_dir() / "_base_" / f"{part}.py") for part in parts]}\n')
    overlay = profile
    if updates == 600:
        overlay = tmp_path / 'longer.py'
        overlay.write_text(f"_base_ = '{config_dir() / '_base_/profiles/mini.py'}'\nscale = dict(updates=600)\n")
    cfg = load_config(config, profile=str(overlay))
    ((start, interval),) = cfg.train_cfg.dynamic_intervals
    end = cfg.train_cfg.max_iters
    due = [update for update in range(start, end + 1) if update % interval == 0 or update == end]
    assert cfg.default_hooks.record.average_last == 10
    assert end == (updates or 200 * epochs)
    assert len(due) >= 10
    assert due[-10] > 0.945 * end
    if updates is None:
        assert due[-10:] == [epochs * epoch for epoch in range(191, 201)]
        assert cfg.train_cfg.val_interval == 20 * epochs
        assert cfg.param_scheduler[0].milestones == [100 * epochs]
