"""Correlations of a network's decoders, and where the leaderboard finds them."""

import json

import pytest
import torch

from mtlbench.analysis.feature_correlation import CORRELATION_FILE, measure_correlation, write_correlation
from mtlbench.metrics.correlation import channel_correlation
from mtlbench.records.extra_measures import EXTRA_FILES
from mtlbench.registry import MODELS
from mtlbench.structures import MultiTaskSample

SIZE = (32, 64)


@pytest.fixture
def learner():
    torch.manual_seed(0)
    cfg = dict(
        type='Learner',
        tasks=dict(depth=dict(type='DepthTask'), normals=dict(type='NormalsTask')),
        network=dict(
            type='MultiTaskNetwork',
            encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
            decoder=dict(type='SkipDecoder', channels=(8, 8, 8, 8), aspp_channels=8, dropout=0.0),
        ),
        objectives={},
        balancer=dict(type='FixedWeights', weights=dict(depth=1, normals=1)),
    )
    return MODELS.build(cfg).eval()


def make_batches(count):
    draw = torch.Generator().manual_seed(0)
    images = [torch.randint(256, (3, *SIZE), generator=draw, dtype=torch.uint8) for _ in range(2 * count)]
    pairs = [images[start : start + 2] for start in range(0, 2 * count, 2)]
    return [{'inputs': pair, 'data_samples': [MultiTaskSample() for _ in pair]} for pair in pairs]


def test_every_level_of_every_decoder_is_averaged_over_all_images(learner):
    found = measure_correlation(learner, make_batches(2))
    assert {task: list(levels) for task, levels in found.items()} == dict(depth=[3, 2, 1, 0], normals=[3, 2, 1, 0])
    values = []
    for batch in make_batches(2):
        images = torch.stack(batch['inputs']).float() / 255
        features, decoder = learner.network.encode(images), learner.network.decoders['depth']
        values.append(channel_correlation(decoder(2, features, decoder(3, features, None)).detach()))
    assert found['depth'][2] == pytest.approx(torch.cat(values).mean().item(), rel=1e-4)


def test_nothing_is_watched_afterwards(learner):
    measure_correlation(learner, make_batches(1))
    assert not any(decoder._forward_hooks for decoder in learner.network.decoders.values())


def test_the_leaderboard_reads_the_file(tmp_path):
    levels = dict(depth={4: 0.9, 3: 0.4, 2: 0.3, 1: 0.2, 0: 0.1})
    write_correlation(tmp_path / CORRELATION_FILE, levels, dict(name='ccam/sd_cityscapes_372_affinemix_or'))
    content = json.loads((tmp_path / CORRELATION_FILE).read_text())
    assert content['metrics'] == {'depth/feature_correlation': pytest.approx(0.25)}
    assert content['higher_is_better'] == {'depth/feature_correlation': False}
    assert CORRELATION_FILE in EXTRA_FILES
