"""Parts that a run does not train."""

from __future__ import annotations

import pytest
import torch
from tiny_runs import equal

from mtlbench.engine.hooks.teacher import move_towards
from mtlbench.engine.launch import RunRequest, configure
from mtlbench.errors import ConfigError
from mtlbench.registry import MODELS

SHORT = dict(train_cfg__max_iters=4, train_cfg__val_interval=4)
STATISTICS = ('running_mean', 'running_var', 'num_batches_tracked')


def state_at(folder, update):
    return torch.load(folder / f'iter_{update}.pth', weights_only=True)


def moved(one, other, part):
    """Names below a part that differ between two state dicts."""
    return {name for name in one if name.startswith(f'{part}.') and not torch.equal(one[name], other[name])}


@pytest.fixture(scope='module')
def runs(tool_of, train_arguments_of, tmp_path_factory):
    """The same run with the encoder and a decoder frozen: without and with its statistics."""
    folder = tmp_path_factory.mktemp('freeze')
    for name, statistics in (('weights', False), ('all', True)):
        done = tool_of(folder)(
            'train',
            *train_arguments_of('xtam/sd_vkitti2', folder / name, **SHORT),
            'freeze=[network.encoder,network.decoders.depth]',
            f'frozen_statistics={statistics}',
        )
        assert done.returncode == 0, done.stdout
        assert done.stdout.count('frozen: network.encoder, network.decoders.depth (') == 1
    return folder


@pytest.mark.parametrize('part', ['network.encoder', 'network.decoders.depth'])
def test_frozen_weights_are_bit_equal_and_statistics_move_unless_frozen(runs, part):
    for name, expected in (('weights', set(STATISTICS)), ('all', set())):
        first, last = (state_at(runs / name, update)['state_dict'] for update in (2, 4))
        found = moved(first, last, part)
        assert {one.rpartition('.')[2] for one in found} == expected
        assert moved(first, last, 'network.decoders.semseg')


def test_frozen_weights_have_no_state_in_the_optimizer(runs):
    checkpoint = state_at(runs / 'all', 4)
    groups = checkpoint['optimizer']['param_groups']
    names = [name for name in checkpoint['state_dict'] if name.rpartition('.')[2] not in STATISTICS]
    frozen = [name for name in names if name.startswith(('network.encoder.', 'network.decoders.depth.'))]
    assert frozen
    assert sum(len(group['params']) for group in groups) == len(names) - len(frozen)
    assert len(checkpoint['optimizer']['state']) <= len(names) - len(frozen)


def test_a_resumed_run_stays_frozen_and_ends_bit_for_bit(runs, tool, train_arguments, tmp_path):
    options = ('freeze=[network.encoder,network.decoders.depth]', 'frozen_statistics=True')
    half = {**SHORT, 'train_cfg__max_iters': 2}
    done = tool('train', *train_arguments('xtam/sd_vkitti2', tmp_path / 'run', **half), *options)
    assert done.returncode == 0, done.stdout
    go_on = ('--resume', '--change', 'train_cfg.max_iters')
    done = tool('train', *train_arguments('xtam/sd_vkitti2', tmp_path / 'run', *go_on, **SHORT), *options)
    assert done.returncode == 0, done.stdout
    resumed, whole = state_at(tmp_path / 'run', 4), state_at(runs / 'all', 4)
    for key in ('state_dict', 'optimizer'):
        assert equal(resumed[key], whole[key]), key


def test_the_parts_cannot_change_during_a_run(runs, tool, train_arguments):
    longer = {**SHORT, 'train_cfg__max_iters': 6}
    change = ('--resume', '--change', 'train_cfg.max_iters', 'freeze', 'frozen_statistics')
    done = tool('train', *train_arguments('xtam/sd_vkitti2', runs / 'all', *change, **longer))
    assert done.returncode == 1
    assert 'freeze was' in done.stdout
    assert 'for a new run: the optimizer has no state of frozen parts' in done.stdout.splitlines()[-1]


def learner_of(**options):
    config = 'ccam/sd_cityscapes_372_affinemix_or_coloraug'
    options = {'starts_from': None, 'model.network.encoder.weights': None, **options}
    return MODELS.build(configure(RunRequest(config, 'mini', options=options)).model)


def modes_of(part):
    return {one.training for one in part.modules() if hasattr(one, 'running_mean')}


def test_a_teacher_has_the_frozen_statistics_and_weights_of_the_network():
    learner = learner_of(freeze=['network.encoder'], frozen_statistics=True).train()
    network, teacher = learner.network, learner.objectives.pseudo_labels.teacher
    for one in (network, teacher):
        assert modes_of(one.encoder) == {False}
        assert modes_of(one.decoders) == {True}
    assert {one.requires_grad for one in network.encoder.parameters()} == {False}
    assert {one.requires_grad for one in network.decoders.parameters()} == {True}
    teacher.load_state_dict(network.state_dict())
    with torch.no_grad():
        teacher(torch.rand(2, 3, 64, 64))
        for one in network.decoders.parameters():
            one += 0.1
    move_towards(teacher, network, 0.3)
    assert not moved(prefixed(network.encoder), prefixed(teacher.encoder), 'part')
    # The teacher's decoders have statistics and weights of their own.
    found = moved(prefixed(network.decoders), prefixed(teacher.decoders), 'part')
    assert {'running_mean', 'weight', 'bias'} <= {name.rpartition('.')[2] for name in found}


def prefixed(part):
    return {f'part.{name}': value for name, value in part.state_dict().items()}


def test_a_pattern_freezes_what_it_matches():
    learner = learner_of(freeze=['network.decoders.*.bias'])
    frozen = {name for name, one in learner.named_parameters() if not one.requires_grad}
    teacher = {name for name in frozen if '.teacher.' in name}
    assert frozen - teacher == {
        name
        for name, _ in learner.named_parameters()
        if name.startswith('network.decoders.') and name.endswith('.bias')
    }


@pytest.mark.parametrize(
    ('freeze', 'words'),
    [
        (['network.encodre'], ["no part 'network.encodre'", 'did you mean', 'network.encoder']),
        (['network.decoders.dept'], ['network.decoders.depth']),
        (['encoder'], ["no part 'encoder'", 'network.encoder']),
    ],
)
def test_an_unknown_part_is_rejected_with_the_nearest_ones(freeze, words):
    with pytest.raises(ConfigError) as error:
        learner_of(freeze=freeze)
    assert all(word in str(error.value) for word in words), error.value


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'freeze': 'network.encoder'}, r"freeze is 'network.encoder', expected list\[str\]"),
        ({'frozen_statistics': True}, 'frozen_statistics needs the parts to freeze'),
        ({'model.freeze.parts': ['network']}, 'model.freeze is made of'),
    ],
)
def test_wrong_values_are_rejected(options, words):
    with pytest.raises(ConfigError, match=words):
        configure(RunRequest('stl/d_vkitti2', options=options))


def test_a_run_that_would_train_nothing_is_rejected_before_it_starts(tool, train_arguments, tmp_path):
    done = tool('train', *train_arguments('stl/d_vkitti2', tmp_path / 'run', **SHORT), "freeze=['*']")
    assert done.returncode == 1
    assert 'freeze leaves no parameters to train' in done.stdout.splitlines()[-1]
    assert not (tmp_path / 'run').exists()
