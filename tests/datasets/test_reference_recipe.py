"""The switches of the reference recipe that concern data reach the datasets and transforms."""

import numpy as np
import pytest
import torch
from layout_vkitti2 import write

from mtlbench.config import load_config
from mtlbench.registry import DATASETS, TRANSFORMS
from mtlbench.tasks import DisparityDepthTask, NormalsTask


@pytest.fixture
def built(tmp_path):
    write(tmp_path)

    def build(recipe):
        cfg = load_config('xtam/sdn_vkitti2', recipe=recipe, data_root=tmp_path)
        return DATASETS.build(cfg.train_dataloader.labeled.dataset)

    return build


@pytest.mark.parametrize(
    ('recipe', 'expected'),
    [
        ('paper', ('disjoint', 'center', ('depth', 'scaled', 'map'))),
        ('reference', ('reference', 'reference', ('inverse_depth', 'native', 'reference'))),
    ],
)
def test_switches(built, recipe, expected):
    dataset = built(recipe)
    resize, _, normals, _ = dataset.transforms
    choices = (normals.source, normals.intrinsics, normals.flip)
    assert (dataset.split_protocol, resize.nearest, choices) == expected
    assert dataset.tasks == ('semseg', 'depth', 'normals')


def test_the_window_of_normals_in_validation_is_of_decoded_depths_and_the_meter_ignores_it(tmp_path):
    write(tmp_path)
    found = {}
    for recipe in ('paper', 'reference'):
        cfg = load_config('xtam/sdn_vkitti2', recipe=recipe, data_root=tmp_path)
        found[recipe] = DATASETS.build(cfg.val_dataloader.dataset).transforms[1]
    paper, reference = found['paper'], found['reference']
    assert (paper.min_depth, paper.max_depth, paper.masked) == (0.001, 80, 'zero')
    assert (reference.min_depth, reference.max_depth, reference.masked) == (0.991, 80.99, 'half')


def test_a_perfect_prediction_has_no_reference_error_however_much_is_masked():
    """The released meter compares with the normals of all pixels; zeros in their place would be 90 degrees off."""
    rng = np.random.default_rng(0)
    depth = (5 + rng.random((24, 32))).astype(np.float32)
    depth[:, :12] = 200.0  # beyond the window
    depth[5, 20] = 0.0  # no depth
    results = dict(
        tasks=('normals',), kinds={}, gt_depth=depth, intrinsics=np.array([[40.0, 0, 16], [0, 40.0, 12], [0, 0, 1]])
    )
    window = dict(type='NormalsFromDepth', max_depth=80.99, min_depth=0.991)
    zero = TRANSFORMS.build(window)(dict(results))['gt_normals']
    kept = TRANSFORMS.build(dict(window, masked='half'))(dict(results))['gt_normals']
    lengths = np.linalg.norm(kept, axis=-1)
    masked = ~zero.any(-1)
    assert 0.39 < masked.mean() < 0.9
    np.testing.assert_array_equal(kept[~masked], zero[~masked])
    np.testing.assert_allclose(lengths[masked], 0.5, rtol=1e-5)

    task = NormalsTask(metric='reference')
    label = torch.from_numpy(kept.transpose(2, 0, 1))[None]
    assert torch.equal(task.valid(label)[0, 0], torch.from_numpy(~masked))
    scores = task.scores(task.statistics(torch.nn.functional.normalize(label, dim=1), label))
    assert scores['reference_deg'] == pytest.approx(0, abs=1e-4)
    assert scores['mean_deg'] == pytest.approx(0, abs=1e-4)
    true = task.scores(task.statistics(label, torch.from_numpy(zero.transpose(2, 0, 1))[None]))
    assert true['reference_deg'] > 20


def test_the_meter_of_depth_from_video_decodes_its_labels_in_that_recipe_alone():
    for name, expected in (
        ('xtam/sd_cityscapes_sde', 'reference'),
        ('three_ways/sd_cityscapes_sde', 'reference'),
        ('ccam/sd_cityscapes_372_affinemix_or', None),
    ):
        cfg = load_config(name, recipe='reference')
        assert {tasks.depth.get('decode') for tasks in (cfg.model.tasks, cfg.val_evaluator.tasks)} == {expected}
        assert 'decode' not in load_config(name).model.tasks.depth
    task = DisparityDepthTask(decode='reference', median_scaling=False)
    label = torch.full((1, 1, 2, 2), 10.0)
    scores = task.scores(task.statistics(torch.full((1, 1, 2, 2), 9.01), label))
    assert scores['rmse_m'] == pytest.approx(0, abs=1e-6)
    assert task.decode(torch.zeros(1)).item() == pytest.approx(100)
