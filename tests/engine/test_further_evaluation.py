"""Evaluation on further data sets, with the metric alone."""

from types import SimpleNamespace

import torch
from mmengine.evaluator import Evaluator

from mtlbench.engine.loops.evaluation import FurtherEvaluator
from mtlbench.evaluation.multi_task import MultiTaskMetric
from mtlbench.structures import MultiTaskSample


class Loader(list):
    """Batches, and the size of their data set."""

    @property
    def dataset(self):
        return [sample for batch in self for sample in batch]


def sample(error):
    """A depth of 10 m, predicted that much too far."""
    made = MultiTaskSample()
    made.set_label('depth', torch.full((1, 2, 3), 10.0))
    made.set_prediction('depth', torch.full((1, 2, 3), 10.0 + error))
    return made


def test_scores_of_each_data_set_are_its_own():
    model = SimpleNamespace(val_step=lambda batch: [one.to_dict() for one in batch])
    loaders = dict(second=Loader([[sample(2), sample(2)], [sample(2)]]), third=Loader([[sample(3)]]))
    evaluator = FurtherEvaluator(
        Evaluator([MultiTaskMetric(dict(depth=dict(type='DepthTask')))]), SimpleNamespace(model=model), loaders
    )
    for _ in range(2):  # a validation starts anew
        evaluator.process(model.val_step([sample(1)]))
        scores = evaluator.evaluate(1)
        found = {name: scores[f'depth/rmse_m{name}'] for name in ('', '@second', '@third')}
        assert {name: round(value, 5) for name, value in found.items()} == {'': 1.0, '@second': 2.0, '@third': 3.0}
    assert len(scores) == 3 * 7
