"""The best checkpoint and early stopping, in real runs that are killed and resumed."""

from __future__ import annotations

import json
import math
from functools import partial

import pytest
import torch
from place import die_after_update
from tiny_runs import equal, read_record, same_metrics

from mtlbench.evaluation.delta import delta
from mtlbench.records.consistency import check_consistency
from mtlbench.records.record import ResultRecord

METRIC = 'depth/abs_rel'
OFTEN = dict(train_cfg__max_iters=6, train_cfg__val_interval=1, default_hooks__checkpoint__interval=3)
EARLY = {**OFTEN, 'train_cfg__max_iters': 20, 'train_cfg__val_interval': 2}
SAVE_BEST = f'default_hooks.checkpoint.save_best={METRIC}'


def state_at(path):
    return torch.load(path, weights_only=True)


def validations(folder, update):
    """Metrics of all validations of a finished run: those in its last checkpoint, and the last one in its record."""
    kept = state_at(folder / f'iter_{update}.pth')['message_hub']['runtime_info']['all_validations']
    return [one for one in kept if one['iter'] < update] + [{'iter': update, **read_record(folder)['metrics']}]


def best_files(folder):
    return sorted(path.name for path in folder.glob('best_*'))


@pytest.fixture(scope='module')
def whole(tool_of, train_arguments_of, tmp_path_factory):
    """A run that keeps its best checkpoint."""
    folder = tmp_path_factory.mktemp('best') / 'whole'
    done = tool_of(folder.parent)('train', *train_arguments_of('xtam/sd_vkitti2', folder, **OFTEN), SAVE_BEST)
    assert done.returncode == 0, done.stdout
    return folder


def test_the_best_is_that_of_all_recorded_validations(whole):
    series = validations(whole, 6)
    assert [one['iter'] for one in series] == list(range(1, 7))
    best = min(series, key=lambda one: one[METRIC])
    assert best_files(whole) == [f'best_depth_abs_rel_iter_{best["iter"]}.pth']
    kept = read_record(whole)['best_checkpoint']
    assert kept == {
        'criterion': METRIC,
        'value': best[METRIC],
        'update': best['iter'],
        'file': best_files(whole)[0],
    }
    assert kept['value'] == read_record(whole)['best'][METRIC]
    assert 'optimizer' not in state_at(whole / kept['file'])


def test_its_weights_give_the_metrics_of_its_validation(whole, tool, tmp_path):
    kept = read_record(whole)['best_checkpoint']
    done = tool('test', whole, '--best', '--out', 'best.json')
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f'checkpoint: {whole / kept["file"]} (best)\n')
    (expected,) = [one for one in validations(whole, 6) if one['iter'] == kept['update']]
    del expected['iter']
    expected = {key: None if value is None or math.isnan(value) else value for key, value in expected.items()}
    # The scores are float64 sums over the same predictions.
    assert same_metrics(json.loads((tmp_path / 'best.json').read_text()), expected, 1e-9)


def test_without_the_option_the_newest_is_taken(whole, tool, tmp_path):
    done = tool('test', whole, '--out', 'newest.json')
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f'checkpoint: {whole / "iter_6.pth"} (newest; --best takes {best_files(whole)[0]})\n')
    assert same_metrics(json.loads((tmp_path / 'newest.json').read_text()), read_record(whole)['metrics'], 1e-9)


def test_a_run_without_one_says_so(tool, tmp_path):
    (tmp_path / 'run').mkdir()
    done = tool('test', 'run', '--best')
    assert done.returncode == 1
    assert 'run has no best checkpoint' in done.stdout.splitlines()[-1]


def test_a_killed_run_ends_with_the_same_best(whole, tool, train_arguments, tmp_path):
    """It is killed at update 5, after the checkpoint of update 3, and makes the validation of update 4 twice."""
    arguments = (*train_arguments('xtam/sd_vkitti2', tmp_path / 'run', '--resume', **OFTEN), SAVE_BEST)
    assert tool('train', *arguments, before=partial(die_after_update, 5)).returncode == -9
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    assert best_files(tmp_path / 'run') == best_files(whole)
    assert read_record(tmp_path / 'run')['best_checkpoint'] == read_record(whole)['best_checkpoint']
    assert read_record(tmp_path / 'run')['config_digest'] == read_record(whole)['config_digest']
    file = best_files(whole)[0]
    assert equal(state_at(tmp_path / 'run' / file)['state_dict'], state_at(whole / file)['state_dict'])


@pytest.fixture(scope='module')
def baselines(tool_of, train_arguments_of, tmp_path_factory):
    """Finished single-task runs."""
    folder = tmp_path_factory.mktemp('baselines')
    short = dict(train_cfg__max_iters=2, train_cfg__val_interval=2)
    for task in 'sd':
        done = tool_of(folder)('train', *train_arguments_of(f'stl/{task}_vkitti2', folder / task, **short))
        assert done.returncode == 0, done.stdout
    return folder


def early(baselines, **settings):
    """Early stopping by the delta, as options of a tool."""
    values = {'type': 'EarlyStoppingHook', 'monitor': 'delta', 'baselines': [str(baselines / task) for task in 'sd']}
    text = ','.join(f'{key}={value!r}' for key, value in {**values, **settings}.items())
    return f"_base_ = '{{}}'\ncustom_hooks = [dict({text})]\n"


@pytest.fixture
def early_config(baselines, tmp_path):
    def write(**settings):
        from mtlbench.config import find_config

        path = tmp_path / 'own' / 'sd_vkitti2.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(early(baselines, **settings).format(find_config('xtam/sd_vkitti2')))
        return path

    return write


def delta_of(metrics, baselines):
    """The delta over the records of the single-task runs, in percent."""
    measures = {'semseg': ('s', 'semseg/miou'), 'depth': ('d', 'depth/rmse_m')}
    known = {task: read_record(baselines / name)['metrics'][key] for task, (name, key) in measures.items()}
    scores = {task: metrics[key] for task, (_, key) in measures.items()}
    return delta(scores, known, {'semseg': True, 'depth': False})


def test_a_run_stops_early_by_the_delta_and_a_killed_one_at_the_same_update(
    early_config, baselines, tool, train_arguments, tmp_path
):
    # No delta improves by a million percent, so the first validation stays the best, and the run stops after two more.
    config = early_config(patience=2, min_delta=1e6)
    arguments = train_arguments(config, tmp_path / 'run', **EARLY)
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count('stops early at update 6: in the last 2 validations, delta did not improve') == 1
    record = ResultRecord.read(tmp_path / 'run/result.json')
    first = validations(tmp_path / 'run', 6)[0]
    assert record.iterations == 6
    assert record.stopped_early == {
        'update': 6,
        'criterion': 'delta',
        'best': pytest.approx(delta_of(first, baselines), rel=1e-12),
        'best_update': 2,
    }
    check_consistency(record)
    arguments = train_arguments(config, tmp_path / 'killed', '--resume', **EARLY)
    assert tool('train', *arguments, before=partial(die_after_update, 5)).returncode == -9
    assert tool('train', *arguments).returncode == 0
    again = ResultRecord.read(tmp_path / 'killed/result.json')
    assert (again.stopped_early, again.metrics, again.config_digest) == (
        record.stopped_early,
        record.metrics,
        record.config_digest,
    )
    assert equal(*(state_at(tmp_path / name / 'iter_6.pth')['state_dict'] for name in ('run', 'killed')))


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (
            ['save_best=semseg/miuo'],
            "default_hooks.checkpoint.save_best: the run has no metric 'semseg/miuo'; did you mean semseg/miou",
        ),
        (['save_best=delta', 'baselines=[nowhere]'], 'nowhere'),
        (['baselines.semseg=0.5'], "baselines are for save_best='delta'"),
    ],
)
def test_wrong_criteria_are_one_line(options, words, tool, train_arguments, tmp_path):
    given = [f'default_hooks.checkpoint.{option}' for option in options]
    done = tool('train', *train_arguments('xtam/sd_vkitti2', tmp_path / 'run'), *given)
    assert done.returncode == 1
    assert words in done.stdout.splitlines()[-1]
    assert not (tmp_path / 'run').exists()


def test_baselines_must_be_comparable_single_task_runs(whole, baselines, tool, train_arguments, tmp_path):
    def error(*runs, **options):
        given = f'default_hooks.checkpoint.baselines=[{",".join(map(str, runs))}]'
        arguments = train_arguments('xtam/sd_vkitti2', tmp_path / 'run', **options)
        done = tool('train', *arguments, 'default_hooks.checkpoint.save_best=delta', given)
        assert done.returncode == 1
        return done.stdout.splitlines()[-1]

    assert 'is xtam/sd_vkitti2 of semseg, depth, expected a single-task run' in error(whole)
    assert 'has no baseline for depth' in error(baselines / 's')
    larger = {'val_dataloader__dataset__pipeline__0__size': '64,128'}
    assert 'is not comparable with this run: val.pipeline' in error(baselines / 's', baselines / 'd', **larger)
