"""Trains small learners in two processes with half of each batch, and in one with the whole; a program for torchrun.

For each case it writes how far losses and weights are apart after a few iterations. Numbers are float64, statistics of
batches are frozen.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from adversarial_parts import CHANNELS, CRITIC, SIZE, TASKS, build_wrapper
from torch import nn

from mtlbench.engine import DistributedLearner
from mtlbench.mixers import Mixer, colors
from mtlbench.processes import draw_in_common
from mtlbench.registry import MIXERS, MODELS
from mtlbench.structures import Batch, MultiTaskSample

K = np.array([[40.0, 0, 31], [0, 40.0, 15], [0, 0, 1]])
SGD = dict(type='SGD', lr=1e-3, momentum=0.9)
ALL = ('semseg', 'depth', 'normals', 'edges')
NODES = {
    **TASKS,
    'edges': dict(type='EdgesTask'),
    'height': dict(type='HeightTask'),
    'inverse': dict(type='InverseDepthTask'),
    'disparity': dict(type='DisparityDepthTask'),
}
SHARES = dict(shares=(0.6, 0.2, 0.15, 0.05))


class Unmixed(Mixer):
    """Leaves the views as they are."""

    def mix(self, views, generator):
        return views


def label(task, draw, holes):
    """A label, of which a share is invalid."""
    invalid = torch.rand(1, *SIZE, generator=draw) < holes
    values = torch.rand(1, *SIZE, generator=draw)
    if task == 'semseg':
        return (4 * values).long().masked_fill(invalid, 255)
    if task == 'edges':
        return (values > 0.8).long().masked_fill(invalid, 255)
    if task == 'normals':
        return nn.functional.normalize(torch.randn(3, *SIZE, generator=draw), dim=0).masked_fill(invalid, 0)
    if task == 'height':
        return (10 * values).masked_fill(invalid, -1)
    # The first process has the largest errors of depth, the second the most holes.
    return (1 + 60 * values).masked_fill(invalid, 0)


def stream(labels, seed, video=False):
    """A batch as loaders give it: one sample for each list of tasks that it is labeled for."""
    draw = torch.Generator().manual_seed(seed)
    inputs, samples = [], []
    for number, tasks in enumerate(labels):
        meta = dict(neighbor_offsets=(-1, 1), img_path='image.png') if video else {}
        sample = MultiTaskSample(metainfo=dict(intrinsics=K, **meta))
        for task in tasks:
            sample.set_label(task, label(task, draw, holes=0.1 + 0.7 * number / len(labels)))
        if video:
            sample.neighbors = torch.randint(256, (2, 3, *SIZE), generator=draw, dtype=torch.uint8)
        inputs.append(torch.randint(256, (3, *SIZE), generator=draw, dtype=torch.uint8))
        samples.append(sample)
    return dict(inputs=inputs, data_samples=samples)


def learner_of(objectives, tasks=('semseg', 'depth'), settings=None, balancer=None, **options):
    torch.manual_seed(0)
    nodes = {name: {**NODES[name], **(settings or {}).get(name, {})} for name in tasks}
    encoder = dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None)
    decoder = dict(type='SkipDecoder', channels=(8, 8, 8, 8), aspp_channels=8, dropout=0.0)
    cfg = dict(
        type='Learner',
        tasks=nodes,
        network=dict(type='MultiTaskNetwork', encoder=encoder, decoder=decoder, head_levels=(1, 0)),
        objectives=objectives,
        balancer=balancer or dict(type='FixedWeights', weights=dict.fromkeys(tasks, 1.0)),
        **options,
    )
    learner = MODELS.build(cfg).train()
    for module in learner.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
    return learner


FULL = [('semseg', 'depth')] * 4


def supervised(*streams):
    return {f'supervised_{name}': dict(type='SupervisedObjective', stream=name) for name in streams}


PARTLY = [('semseg', 'normals'), ('semseg',), ('depth', 'edges'), ('depth', 'edges', 'normals')]


def partial_labels(**options):
    """One half has no label of a task, and every sample another number of valid pixels."""
    learner = learner_of(supervised('labeled'), ALL, **options)
    return learner, {}, lambda step: dict(labeled=stream(PARTLY, step))


def norms_of_classes(norm):
    learner = learner_of(supervised('labeled'), ('semseg',), dict(semseg=dict(class_weights=SHARES, ce_norm=norm)))
    return learner, {}, lambda step: dict(labeled=stream([('semseg',), ('semseg',), (), ('semseg',)], step))


def losses_of(node, task):
    learner = learner_of(supervised('labeled'), (task,), {task: node})
    return learner, {}, lambda step: dict(labeled=stream([(task,), (), (task,), (task,)], step))


def accumulated(balancer='UncertaintyWeights', **settings):
    learner = learner_of(supervised('labeled'), ALL, balancer=dict(type=balancer), **settings)
    options = dict(accumulative_counts=2, clip_grad=dict(max_norm=0.5))
    return learner, options, lambda step: dict(labeled=stream(PARTLY, step))


def domain_alignment(labels, **settings):
    alignment = dict(type='DomainAlignment', critic=dict(CRITIC, flip_prob=0.5), weight=1.0)
    learner = learner_of({**supervised('labeled'), 'alignment': alignment}, **settings)
    return (
        learner,
        dict(critics=dict(optimizer=SGD)),
        lambda step: dict(labeled=stream(labels, step), target=stream([()] * 4, 100 + step)),
    )


def origin_alignment(in_turn, **options):
    streams = ('labeled', 'target')
    critic = dict(type='PixelDiscriminator', channels=CHANNELS)
    alignment = dict(type='OriginAlignment', critic=critic, streams=streams, intra_weight=1.0, **options)
    settings = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))
    routes = dict(in_turn=in_turn)
    learner = learner_of({**supervised(*streams), 'alignment': alignment}, settings=settings, routes=routes)
    return (
        learner,
        dict(critics=dict(optimizer=SGD)),
        lambda step: dict(labeled=stream([('semseg',)] * 4, step), target=stream([('depth',)] * 4, 100 + step)),
    )


def orthogonal():
    term = dict(type='OrthogonalRegularization', parts=('decoders',), weight=0.1)
    return (
        learner_of({**supervised('labeled'), 'orthogonal': term}),
        {},
        lambda step: dict(labeled=stream(PARTLY, step)),
    )


def feature_distance():
    term = dict(type='FeatureDistance', stream='video', weight=0.5)
    learner = learner_of({**supervised('labeled'), 'distance': term})
    return learner, {}, lambda step: dict(labeled=stream(PARTLY, step), video=stream([()] * 4, 100 + step))


def pseudo_labels(pixel_weight, joint=False, **settings):
    colors.JITTER_PROB = colors.BLUR_PROB = 0.0  # drawn for each process
    # Here, so that tests that import the cases do not meet it among all mixers.
    MIXERS.register_module(module=Unmixed, force=True)
    term = dict(type='PseudoLabelObjective', mixer=dict(type='Unmixed'), threshold=0.4, pixel_weight=pixel_weight)
    learner = learner_of({**supervised('labeled'), 'pseudo': term}, routes=dict(joint=joint), **settings)
    labels = [('semseg', 'depth'), ('semseg',), ('depth',), ('depth',)]
    unlabeled = [(), ('semseg',), (), ()]
    return learner, {}, lambda step: dict(labeled=stream(labels, step), unlabeled=stream(unlabeled, 100 + step))


def photometric(**options):
    pose = dict(type='PoseNetwork', encoder=dict(type='ResNetEncoder', depth=18, stages=2, weights=None))
    term = dict(type='PhotometricObjective', pose=pose, automask=False)  # whose noise is drawn for each process
    tasks = dict(depth=dict(NODES['disparity']))
    learner = learner_of({**supervised('labeled'), 'photometric': term}, settings=tasks, **options)
    return (
        learner,
        {},
        lambda step: dict(
            labeled=stream([('semseg',), ('semseg',), (), ()], step), video=stream([()] * 4, 100 + step, video=True)
        ),
    )


def balanced(name, **options):
    """Cases of one balancer with partial labels."""
    return lambda: partial_labels(balancer=dict(type=name), **options)


OF_LOSSES = ('DWA', 'FAMO', 'GLS', 'IMTLL', 'RLW', 'STCH')
OF_GRADIENTS = (
    'AlignedMTL', 'CAGrad', 'FairGrad', 'GradNorm', 'GradVac', 'IMTL', 'IMTLG', 'MGDA', 'NashMTL', 'PCGrad', 'UPGrad',
)  # fmt: skip
PCGRAD = dict(balancer=dict(type='PCGrad'))
BALANCERS_CASES = {
    **{f'balanced_{name}': balanced(name) for name in (*OF_LOSSES, *OF_GRADIENTS, 'GradDrop')},
    **{f'balanced_{name}_parameters': balanced(name, gradients_on='parameters') for name in OF_GRADIENTS},
    **{f'accumulated_{name}': lambda name=name: accumulated(name) for name in ('FAMO', 'GLS', 'PCGrad', 'GradVac')},
    'accumulated_PCGrad_parameters': lambda: accumulated('PCGrad', gradients_on='parameters'),
    'accumulated_IMTL': lambda: accumulated('IMTL'),
    'domain_alignment_PCGrad': lambda: domain_alignment(FULL, **PCGRAD),
    'domain_alignment_FAMO': lambda: domain_alignment(FULL, balancer=dict(type='FAMO')),
    'photometric_PCGrad': lambda: photometric(**PCGRAD),
    'photometric_PCGrad_parameters': lambda: photometric(**PCGRAD, gradients_on='parameters'),
    'photometric_FAMO': lambda: photometric(balancer=dict(type='FAMO')),
    'pseudo_PCGrad': lambda: pseudo_labels('threshold_uniform', **PCGRAD),
    'pseudo_joint_MGDA': lambda: pseudo_labels('threshold_uniform', joint=True, balancer=dict(type='MGDA')),
    'pseudo_GradDrop': lambda: pseudo_labels('threshold_uniform', balancer=dict(type='GradDrop')),
}
CASES = {
    **BALANCERS_CASES,
    'partial_labels': partial_labels,
    'uncertainty': lambda: partial_labels(balancer=dict(type='UncertaintyWeights')),
    'accumulated': accumulated,
    **{f'classes_{norm}': lambda norm=norm: norms_of_classes(norm) for norm in ('weight_sum', 'valid', 'pixels')},
    'normals_over_all': lambda: losses_of(dict(over_valid=False), 'normals'),
    'height': lambda: losses_of({}, 'height'),
    'inverse_depth': lambda: losses_of(NODES['inverse'], 'depth'),
    'disparity': lambda: losses_of(NODES['disparity'], 'depth'),
    'domain_alignment': lambda: domain_alignment([('semseg', 'depth')] * 4),
    'domain_alignment_few_labels': lambda: domain_alignment([('semseg', 'depth'), ('semseg',), ('semseg',), ()]),
    'origin_alignment': lambda: origin_alignment(False),
    'origin_alignment_sum': lambda: origin_alignment(False, reduction='sum', fill='prediction'),
    'origin_alignment_in_turn': lambda: origin_alignment(True),
    'orthogonal': orthogonal,
    'feature_distance': feature_distance,
    **{
        f'pseudo_{weight}': lambda weight=weight: pseudo_labels(weight)
        for weight in ('threshold_uniform', 'threshold', 'none')
    },
    'pseudo_joint': lambda: pseudo_labels('threshold_uniform', joint=True),
    'photometric': photometric,
}


def half(data, part):
    return {name: {key: values[part] for key, values in batch.items()} for name, batch in data.items()}


def train(case, part, wrap):
    learner, options, data = CASES[case]()
    learner.double()
    model = wrap(learner)
    wrapper = build_wrapper(model, **{'optimizer': SGD, 'critics': None, **options})
    wrapper.initialize_count_status(model, 0, 3)
    logged = []
    for step in range(3):
        torch.manual_seed(100 * step + dist.get_rank())
        with draw_in_common(step):
            found = model.train_step(half(data(step), part), wrapper)
        logged.append({name: value.item() for name, value in found.items()})
    return logged, learner.state_dict()


def distance(one, other):
    """The largest difference of two tensors, relative to the largest value."""
    return ((one - other).abs().max() / other.abs().max().clamp(min=1e-12)).item()


def compare(case):
    rank = dist.get_rank()
    logged, found = train(
        case, slice(2 * rank, 2 * rank + 2), lambda learner: DistributedLearner(learner, broadcast_buffers=False)
    )
    group, dist.get_world_size = dist.get_world_size, lambda *_: 1
    try:
        alone, expected = train(case, slice(None), lambda learner: learner)
    finally:
        dist.get_world_size = group
    return dict(
        losses=max(
            abs(one[name] - other[name]) / max(abs(other[name]), 1e-12)
            for one, other in zip(logged, alone, strict=True)
            for name in other
        ),
        weights=max(distance(found[name], value) for name, value in expected.items() if value.is_floating_point()),
    )


def main():
    # Losses are computed in float32 whatever the network; in float64 they show what is not equal but for rounding.
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    intrinsics = Batch.intrinsics
    Batch.intrinsics = lambda batch: intrinsics(batch).double()
    dist.init_process_group('gloo')
    found = {case: compare(case) for case in sys.argv[2:] or CASES}
    if dist.get_rank() == 0:
        Path(sys.argv[1]).write_text(json.dumps(found))
    dist.destroy_process_group()


if __name__ == '__main__':
    main()
