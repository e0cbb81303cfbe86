import pytest
import torch
import torch.multiprocessing as mp
from mmengine.evaluator import Evaluator
from torch import distributed
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.evaluation.multi_task import MultiTaskMetric
from mtlbench.metrics.sums import Sums
from mtlbench.registry import METRICS, TASKS
from mtlbench.structures import MultiTaskSample, register_class_set

register_class_set('metric_4', 'abcd', [(i, i, i) for i in range(4)])
TASK_CONFIGS = dict(
    semseg=dict(type='SemSegTask', class_set='metric_4'),
    depth=dict(type='DepthTask'),
    normals=dict(type='NormalsTask'),
)


def make_samples(count):
    """Samples with random labels and predictions; every third lacks depth, every fourth segmentation."""
    draw = torch.Generator().manual_seed(0)
    samples = []
    for i in range(count):
        label = dict(
            semseg=torch.randint(4, (1, 6, 8), generator=draw),
            depth=100 * torch.rand(1, 6, 8, generator=draw),
            normals=F.normalize(torch.randn(3, 6, 8, generator=draw), dim=0),
        )
        sample = MultiTaskSample()
        for (name, value), missing in zip(label.items(), (i % 4 == 3, i % 3 == 2, False), strict=True):
            if not missing:
                sample.set_label(name, value)
            sample.set_prediction(name, value.roll(i + 1, dims=-1))
        samples.append(sample)
    return samples


def evaluate(samples, batch_size, configs=TASK_CONFIGS):
    evaluator = Evaluator(MultiTaskMetric(configs))
    for start in range(0, len(samples), batch_size):
        evaluator.process(samples[start : start + batch_size])
    return evaluator.evaluate(len(samples))


def test_scores_are_those_of_the_tasks_on_all_labeled_samples():
    samples = make_samples(7)
    scores = evaluate(samples, 7)
    for name, config in TASK_CONFIGS.items():
        task = TASKS.build(dict(config))
        labeled = [sample for sample in samples if sample.has_label(name)]
        predicted = torch.stack([sample.prediction(name) for sample in labeled])
        label = torch.stack([sample.label(name) for sample in labeled])
        expected = task.scores(task.statistics(predicted, label))
        assert {f'{name}/{key}': value for key, value in expected.items()} == pytest.approx(
            {key: value for key, value in scores.items() if key.startswith(name)}, rel=1e-12
        )


@pytest.mark.parametrize('batch_size', [1, 2, 3])
def test_batches_of_any_size_give_the_same_scores(batch_size):
    samples = make_samples(7)
    assert evaluate(samples, batch_size) == evaluate(samples, 7)


def test_takes_samples_and_dicts_alike():
    samples = make_samples(3)
    metric = MultiTaskMetric(TASK_CONFIGS)
    metric.process(None, samples)
    assert metric.evaluate(3) == evaluate(samples, 3)


def test_starts_anew_after_each_evaluation():
    metric = MultiTaskMetric(TASK_CONFIGS)
    metric.process(None, make_samples(5)[3:])
    metric.evaluate(2)
    metric.process(None, make_samples(3))
    assert metric.evaluate(3) == evaluate(make_samples(3), 3)


def test_a_task_without_any_label_has_no_scores():
    sample = make_samples(4)[3]
    assert {name.split('/')[0] for name in evaluate([sample], 1)} == {'depth', 'normals'}


def test_samples_that_count_twice_are_refused():
    metric = MultiTaskMetric(TASK_CONFIGS)
    metric.process(None, make_samples(4))
    with pytest.raises(ConfigError, match='round_up=False'):
        metric.evaluate(3)


def test_a_missing_prediction_is_named():
    sample = make_samples(1)[0]
    sample.pop('pred_depth')
    with pytest.raises(ConfigError, match="'depth'"):
        MultiTaskMetric(TASK_CONFIGS).process(None, [sample])


def test_is_built_by_name_without_a_warning(caplog):
    assert isinstance(METRICS.build(dict(type='MultiTaskMetric', tasks=TASK_CONFIGS)), MultiTaskMetric)
    assert 'prefix' not in caplog.text


def _evaluate_shares(rank, store, counts, results):
    distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    metric = MultiTaskMetric(TASK_CONFIGS)
    for count in counts:
        metric.process(None, make_samples(count)[rank::2])
        results[rank, count] = metric.evaluate(count)
    distributed.destroy_process_group()


@pytest.mark.ddp
def test_two_processes_give_the_scores_of_one(tmp_path):
    """Of an odd number of samples one process has more; of one sample the second process has none."""
    counts = (7, 1)
    with mp.get_context('spawn').Manager() as manager:
        results = manager.dict()
        mp.spawn(_evaluate_shares, args=(tmp_path / 'store', counts, results), nprocs=2)
        found = dict(results)
    for count in counts:
        expected = evaluate(make_samples(count), count)
        for rank in range(2):
            assert found[rank, count] == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_a_score_beyond_its_range_is_told_at_the_first_validation(monkeypatch):
    metric = MultiTaskMetric(tasks=dict(edges=dict(type='EdgesTask')))
    task = metric.tasks['edges']
    monkeypatch.setattr(task, 'scores', lambda sums: {'f1': 37.2, 'f1_edge': 0.5})
    total = Sums()
    total.add('edges', task.statistics(torch.zeros(1, 1, 2, 2).long(), torch.zeros(1, 1, 2, 2).long()))
    with pytest.raises(ConfigError, match=r'f1.* of EdgesTask is 37\.2, but its range_of\(\) is 0 to 1'):
        metric.compute_metrics([total])
