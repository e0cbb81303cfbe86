"""Whatever a checkpoint holds: nothing of it runs, and what does not fit is told in one line."""

from __future__ import annotations

import copy
import os
import pickle
from types import SimpleNamespace

import mmengine.runner.checkpoint as mmengine_checkpoint
import pytest
import torch
from mmengine.model import BaseModule
from mmengine.optim import LinearLR, OptimWrapper, OptimWrapperDict
from mmengine.runner import CheckpointLoader
from torch import nn

from mtlbench.checkpoint import check_fit
from mtlbench.engine.convert.source import read_tensors as read_published
from mtlbench.engine.resumable import HISTORY, check_resumable, check_schedulers
from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.models.encoders import TimmEncoder
from mtlbench.models.weights import find_weights, load_weights
from mtlbench.utils.tensor_files import local_file, read_checkpoint, weights_of

ADDRESSES = [
    *('http://x.org/a.pth', 'https://x.org/a.pth', 'pavi://a', 's3://b/a.pth', 'petrel://b/a', 'cluster:s3://b/a.pth'),
    *(
        'modelzoo://resnet18',
        'torchvision://resnet18',
        'open-mmlab://a',
        'openmmlab://a',
        'mmcls://a',
        'hdfs://a/b.pth',
    ),
    *('file://another.host/a.pth', 'https:/x.org/a.pth', 'ftp://x.org/a.pth'),
]


def wrapper(model, count=1):
    optimizer = torch.optim.Adam([dict(params=list(model.parameters())) for _ in range(1)], lr=0.1)
    return OptimWrapper(optimizer)


@pytest.fixture
def run():
    """A runner after one update, as far as the checks look at it, and its checkpoint."""
    model = nn.Linear(2, 3)
    optim = wrapper(model)
    optim.update_params(model(torch.ones(1, 2)).sum())
    schedulers = [LinearLR(optim, start_factor=0.5, by_epoch=False)]
    runner = SimpleNamespace(max_iters=10, optim_wrapper=optim, param_schedulers=schedulers)
    checkpoint = {
        'meta': {'iter': 1, 'epoch': 0, 'seed': 3},
        'state_dict': model.state_dict(),
        'message_hub': {
            'log_scalars': {'train/loss': {'log': [1.0, 2.0], 'count': [1, 1], 'max_length': 10}},
            'runtime_info': {HISTORY: [{'iter': 1, 'semseg/miou': 0.5}], 'changes': [{'key': 'x'}]},
            'resumed_keys': {},
        },
        'optimizer': optim.state_dict(),
        'param_schedulers': [one.state_dict() for one in schedulers],
    }
    return runner, copy.deepcopy(checkpoint)


def check(run):
    runner, checkpoint = run
    check_resumable(checkpoint, runner, 'iter_1.pth')
    check_schedulers(checkpoint, runner, 'iter_1.pth')


def test_a_checkpoint_of_the_run_passes(run):
    check(run)


def test_so_does_one_of_several_optimizers(run):
    runner, checkpoint = run
    model = nn.Linear(2, 3)
    runner.optim_wrapper = OptimWrapperDict(network=wrapper(model), critics=wrapper(nn.Linear(1, 1)))
    runner.param_schedulers = {'network': runner.param_schedulers}
    checkpoint['optimizer'] = runner.optim_wrapper.state_dict()
    checkpoint['param_schedulers'] = {'network': checkpoint['param_schedulers']}
    check(run)
    del checkpoint['optimizer']['critics']
    with pytest.raises(CheckpointError, match="'optimizer' is not a dict of network, critics"):
        check(run)


WRONG = {
    'meta': (None, 3, [], {}, {'iter': 1}),
    'meta.iter': (-1, '1', 1.0, True, None, 11, 10**30, [1]),
    'meta.epoch': (-1, 'x', None),
    'meta.seed': (-1, 'x', 1.5, 2**80),
    'message_hub': (None, [], 'x', {}),
    'message_hub.log_scalars': (None, [], {'a': 1}, {'a': {}}, {'a': {'log': [1], 'count': [1]}}),
    'message_hub.log_scalars.train/loss.log': (None, 'ab', [1], ['a', 'b'], [[1], [2]], [[1], [2, 3]], {}),
    'message_hub.log_scalars.train/loss.max_length': (-1, 'x', None),
    'message_hub.runtime_info': (None, [1]),
    f'message_hub.runtime_info.{HISTORY}': (1, {'a': 1}, ['a'], [{'a': 1}], [{'iter': 'x'}], [{'iter': 1, 'a': 'b'}]),
    'message_hub.resumed_keys': (None, []),
    'optimizer': (None, [], {}, {'state': {}}),
    'optimizer.param_groups': (None, [], {}, [1], [{}], [{}, {}]),
    'optimizer.param_groups.0.params': ([0], [0, 1, 2], 'ab', None),
    'optimizer.param_groups.0.lr': ('x', None, [1], float('nan')),
    'optimizer.param_groups.0.betas': (0.9, [0.9], ['a', 'b']),
    'optimizer.state': (None, [], {7: {}}, {'a': {}}, {0: 1}, {-1: {}}),
    'optimizer.state.0.exp_avg': (torch.ones(5), 'x', torch.full((3, 2), torch.nan), [1]),
    'param_schedulers': (None, {}, [], [1], [{}], [{}, {}]),
    'param_schedulers.0.last_step': ('x', None, [1]),
    'param_schedulers.0.step': (1, 'x'),
    'param_schedulers.0.base_values': ([], ['a'], 1),
}


@pytest.mark.parametrize(('place', 'value'), [(place, value) for place, values in WRONG.items() for value in values])
def test_what_does_not_fit_is_named(run, place, value):
    node = run[1]
    *path, last = place.split('.')
    for key in path:
        node = node[int(key) if key.isdecimal() else key]
    node[int(last) if last.isdecimal() else last] = value
    with pytest.raises(CheckpointError, match=r'cannot resume from .*iter_1\.pth: its ') as error:
        check(run)
    assert place.split('.')[0] in str(error.value)
    assert '\n' not in str(error.value)


class Hostile:
    """Leaves a file when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mknod, (self.trace,)


PLACES = ['', 'meta', 'meta.dataset_meta', 'message_hub', 'message_hub.runtime_info', 'message_hub.resumed_keys']
PLACES += ['state_dict', 'state_dict.weight', 'optimizer', 'optimizer.state', 'param_schedulers', 'anything']


def hostile_file(path, place, checkpoint):
    planted = Hostile(str(path.with_suffix('.trace')))
    node, (*parents, last) = checkpoint, place.split('.')
    for key in parents:
        node = node[key]
    if last:
        node[last] = planted
    content = checkpoint if last else planted
    torch.save(content, path) if path.suffix == '.pth' else path.write_bytes(pickle.dumps(content, protocol=2))
    return path


LOADERS = {
    'ours': read_checkpoint,
    'mmengine': CheckpointLoader.load_checkpoint,
    'mmengine, local': lambda path: mmengine_checkpoint._load_checkpoint(str(path)),
    'mmengine, a prefix': lambda path: mmengine_checkpoint._load_checkpoint_with_prefix('a', str(path)),
    'mmengine, into a model': lambda path: mmengine_checkpoint.load_checkpoint(nn.Linear(2, 3), str(path)),
    'init_cfg': lambda path: BaseModule(init_cfg=dict(type='Pretrained', checkpoint=str(path))).init_weights(),
    'pretrained encoders': lambda path: load_weights(nn.Linear(2, 3), find_weights('resnet18', str(path))),
    'published checkpoints': read_published,
}


@pytest.mark.parametrize('loader', LOADERS)
@pytest.mark.parametrize('ending', ['.pth', '.pkl'])
@pytest.mark.parametrize('place', PLACES)
def test_no_loader_runs_what_is_planted(run, tmp_path, place, ending, loader):
    path = hostile_file(tmp_path / f'hostile{ending}', place, run[1])
    with pytest.raises(CheckpointError, match='could run code'):
        LOADERS[loader](str(path))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize('loader', LOADERS)
@pytest.mark.parametrize('address', ADDRESSES)
def test_no_loader_goes_to_an_address(address, loader, monkeypatch):
    monkeypatch.setattr('socket.socket.connect', lambda *_: pytest.fail('it went to the network'))
    with pytest.raises(CheckpointError, match='is an address, and nothing is downloaded'):
        LOADERS[loader](address)


def test_the_address_of_a_file_is_its_path(tmp_path):
    path = tmp_path / 'a b.pth'
    torch.save({'w': torch.ones(1)}, path)
    assert local_file(path.as_uri()) == path
    assert read_checkpoint(path.as_uri()).keys() == {'w'}
    (tmp_path / 'odd:').mkdir()
    assert local_file(f'{tmp_path}/odd:/w.pth') == tmp_path / 'odd:/w.pth'


def test_config_text_never_reaches_mmengine(tmp_path):
    torch.save({'meta': {'config': 'import os', 'iter': 3}, 'state_dict': {}}, tmp_path / 'c.pth')
    for read in (read_checkpoint, CheckpointLoader.load_checkpoint):
        assert read(str(tmp_path / 'c.pth'))['meta'] == {'iter': 3}


def test_hubs_of_timm_are_refused():
    pytest.importorskip('timm')
    with pytest.raises(ConfigError, match='nothing is downloaded'):
        TimmEncoder('hf-hub:somebody/resnet18')


def test_safetensors_are_read(tmp_path):
    save_file = pytest.importorskip('safetensors.torch').save_file
    save_file({'w': torch.ones(2)}, tmp_path / 'w.safetensors')
    assert torch.equal(read_checkpoint(tmp_path / 'w.safetensors')['w'], torch.ones(2))
    (tmp_path / 'w.safetensors').write_bytes(b'\xff' * 100)
    with pytest.raises(CheckpointError, match='damaged'):
        read_checkpoint(tmp_path / 'w.safetensors')


STATES = [
    [torch.ones(1)],
    {'w': 1},
    {'w': [1]},
    {1: torch.ones(1)},
    {'w': None},
    {'w': torch.ones(2, 2).to_sparse()},
    {'w': torch.empty(1, device='meta')},
]


@pytest.mark.parametrize('state', STATES, ids=lambda state: str(state)[:30])
def test_weights_are_dense_tensors_by_name(state):
    with pytest.raises(CheckpointError, match='is rejected'):
        weights_of({'state_dict': state}, 'w.pth')


@pytest.mark.parametrize(
    ('value', 'what'),
    [
        (torch.full((3, 2), torch.nan), 'not finite'),
        (torch.full((3, 2), torch.inf), 'not finite'),
        (torch.ones(3, 2, dtype=torch.long), 'another kind of number'),
        (torch.ones(3, 2, dtype=torch.bool), 'another kind of number'),
        (torch.ones(3, 2, dtype=torch.complex64), 'another kind of number'),
    ],
)
def test_weights_are_finite_and_of_the_same_kind(value, what):
    state = {**nn.Linear(2, 3).state_dict(), 'weight': value}
    with pytest.raises(CheckpointError, match=what):
        check_fit(nn.Linear(2, 3), state, 'w.pth')


def test_lower_precision_fits():
    check_fit(nn.Linear(2, 3), {name: value.half() for name, value in nn.Linear(2, 3).state_dict().items()}, 'w.pth')


@pytest.mark.parametrize('size', [0, 1, 3, 100, 1000])
def test_the_beginning_of_a_file_is_damaged(run, tmp_path, size):
    torch.save(run[1], tmp_path / 'w.pth')
    content = (tmp_path / 'w.pth').read_bytes()
    for part in (content[:size], content[size:], os.urandom(size)):
        (tmp_path / 'w.pth').write_bytes(part)
        if part != content:
            with pytest.raises(CheckpointError, match=r'w\.pth'):
                read_checkpoint(tmp_path / 'w.pth')
