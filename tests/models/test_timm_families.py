"""timm's transformers and hybrids: any size that goes, channels first, and one line for those that do not go."""

import pytest
import torch
from model_stubs import stub_tasks

from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.models.encoders import TimmEncoder

pytest.importorskip('timm')
FIT = {
    'vit_tiny_patch16_224': 16,
    'swin_tiny_patch4_window7_224': 32,
    'convnext_atto': 32,
    'hrnet_w18_small': 32,
    'pvt_v2_b0': 32,
    'mambaout_femto': 32,
    'efficientvit_m0': 64,
}
SLOW = {'maxvit_rmlp_pico_rw_256': 256, 'swinv2_cr_tiny_ns_224': 32, 'davit_tiny': 32, 'xcit_nano_12_p16_224': 16}
CASES = [*FIT.items(), *(pytest.param(*pair, marks=pytest.mark.slow) for pair in SLOW.items())]
ONE_SIZE = ['coat_tiny', 'levit_128s', 'efficientformer_l1', 'mixer_s32_224', 'cait_xxs24_224', 'inception_v4']


@pytest.mark.parametrize(('name', 'multiple'), CASES)
def test_a_network_with_it_learns_at_the_sizes_that_it_says(name, multiple):
    torch.manual_seed(0)
    decoder = dict(type='DeepLabDecoder', channels=8, rates=(1, 2))
    net = MultiTaskNetwork(stub_tasks(semseg=3), encoder=dict(type='TimmEncoder', name=name), decoder=decoder).train()
    assert net.size_multiple == net.encoder.size_multiple == multiple
    size = (multiple, 2 * multiple)
    maps = net.encoder(torch.rand(2, 3, *size))
    assert [tuple(one.shape) for one in maps] == [
        (2, width, size[0] // stride, size[1] // stride)
        for width, stride in zip(net.encoder.channels, net.encoder.strides, strict=True)
    ]
    net(torch.rand(2, 3, *size))['semseg'][0].square().mean().backward()
    silent = [key for key, value in net.named_parameters() if value.requires_grad and value.grad is None]
    assert silent == []
    with pytest.raises(ConfigError, match=f'multiples of {multiple}'):
        net.encode(torch.rand(1, 3, multiple + 8, multiple))


@pytest.mark.parametrize('name', ONE_SIZE)
def test_what_does_not_go_is_refused_by_name_in_one_line(name):
    with pytest.raises(ConfigError, match=f"^[^\n]*'{name}'[^\n]*$"):
        TimmEncoder(name)


def test_parts_behind_maps_that_no_decoder_reads_are_frozen():
    decoder = dict(type='DeepLabDecoder', channels=8, rates=(1, 2))
    net = MultiTaskNetwork(
        stub_tasks(semseg=3), encoder=dict(type='TimmEncoder', name='hrnet_w18_small'), decoder=decoder
    )
    frozen = [name for name, value in net.encoder.named_parameters() if not value.requires_grad]
    assert any(name.startswith('trunk.incre_modules.2') for name in frozen)
    assert not any(name.startswith('trunk.incre_modules.3') for name in frozen)
