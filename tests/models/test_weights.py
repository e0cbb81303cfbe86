"""Pretrained weights: found, checked, loaded whole or not at all."""

import pytest
import torch
import torchvision
from torch import nn

from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.models.encoders import ResNetEncoder, TorchvisionEncoder
from mtlbench.models.weights import find_weights, load_weights

RESNET18 = 'resnet18-f37072fd.pth'


@pytest.fixture
def empty_places(tmp_path, monkeypatch):
    """Both folders that are looked at, empty."""
    own, hub = tmp_path / 'own', tmp_path / 'hub' / 'checkpoints'
    own.mkdir()
    hub.mkdir(parents=True)
    monkeypatch.setenv('MTLBENCH_WEIGHTS', str(own))
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(hub.parent))
    return own, hub


def save(model, path):
    torch.save(model.state_dict(), path)
    return model


@pytest.mark.parametrize('place', [0, 1], ids=['own folder', 'hub folder'])
def test_found_by_name_and_loaded(empty_places, place):
    torch.manual_seed(1)
    model = save(torchvision.models.resnet18(weights=None), empty_places[place] / RESNET18)
    encoder = ResNetEncoder(depth=18, weights='IMAGENET1K_V1')
    assert not torch.equal(encoder.trunk.conv1.weight, model.conv1.weight)
    encoder.init_weights()
    expected = {name: value for name, value in model.state_dict().items() if not name.startswith('fc.')}
    found = encoder.trunk.state_dict()
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_first_generation_files_without_batch_counters(tmp_path):
    state = torchvision.models.resnet18(weights=None).state_dict()
    torch.save({name: value for name, value in state.items() if 'num_batches' not in name}, tmp_path / 'old.pth')
    encoder = ResNetEncoder(depth=18, weights=str(tmp_path / 'old.pth'))
    encoder.init_weights()
    assert torch.equal(encoder.trunk.layer4[1].bn2.weight, state['layer4.1.bn2.weight'])


def test_torchvision_encoder_leaves_the_classifier(tmp_path):
    torch.manual_seed(1)
    model = save(torchvision.models.mobilenet_v3_small(weights=None), tmp_path / 'm.pth')
    encoder = TorchvisionEncoder('mobilenet_v3_small', weights=str(tmp_path / 'm.pth'))
    encoder.init_weights()
    name = 'features.0.0.weight'
    assert torch.equal(encoder.trunk.state_dict()[name], model.state_dict()[name])


def test_missing_file_says_where_and_what_to_do(empty_places):
    with pytest.raises(CheckpointError) as caught:
        find_weights('resnet101', 'IMAGENET1K_V1')
    message = str(caught.value)
    for part in (*map(str, empty_places), 'resnet101-63fe2227.pth', 'python -c', 'encoder.weights=None'):
        assert part in message


def test_missing_path(tmp_path):
    with pytest.raises(CheckpointError, match='none'):
        find_weights('resnet18', str(tmp_path / 'none.pth'))


def test_unknown_name_lists_the_known():
    with pytest.raises(ConfigError, match='IMAGENET1K_V1'):
        find_weights('resnet18', 'IMAGENET21K')


def test_misfit_lists_what_differs_and_loads_nothing(tmp_path):
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = {
        '0.weight': torch.ones(2, 2),
        '0.bias': torch.ones(3),
        '1.weight': torch.ones(2, 2),
        'extra': torch.ones(1),
    }
    torch.save(state, tmp_path / 'w.pth')
    with pytest.raises(CheckpointError) as caught:
        load_weights(module, tmp_path / 'w.pth')
    for part in ('1 missing: 1.bias', '1 unexpected: extra', '1 of another shape: 0.bias'):
        assert part in str(caught.value)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


class Hostile:
    def __reduce__(self):
        return (print, ('run',))


@pytest.mark.parametrize('content', [Hostile(), [torch.ones(1)], {'a': 1}], ids=['code', 'list', 'numbers'])
def test_anything_but_tensors_by_name_is_refused(tmp_path, content, capsys):
    torch.save(content, tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=r'w\.pth'):
        load_weights(nn.Linear(1, 1), tmp_path / 'w.pth')
    assert capsys.readouterr().out == ''


def test_damaged_file(tmp_path):
    (tmp_path / 'w.pth').write_bytes(b'not a checkpoint')
    with pytest.raises(CheckpointError, match='is rejected'):
        load_weights(nn.Linear(1, 1), tmp_path / 'w.pth')
