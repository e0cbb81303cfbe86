"""What is measured of the exchanges."""

import subprocess
import sys
from pathlib import Path

import pytest

from mtlbench.analysis.exchange_cost import measure_exchange
from mtlbench.config import load_config
from mtlbench.errors import ConfigError

TOOL = Path(__file__).parents[2] / 'tools' / 'analysis' / 'exchange.py'


def test_operations_of_an_exchange_are_those_of_its_convolutions():
    cost = measure_exchange(load_config('padnet/sd_vkitti2', 'mini'), (32, 64), 2, rounds=1)
    # One gate a direction: 3x3 from 64 to 2 x 64 channels at stride 8 (mini), for two images, a multiply and an add.
    # The backward pass is two such products.
    forward = 2 * 2 * (2 * 9 * 64 * 128 * (32 // 8) * (64 // 8))
    assert cost.exchange_gflop == pytest.approx(3 * forward / 1e9)
    assert 0 < cost.exchange_gflop < cost.step_gflop
    assert cost.step_s > 0
    assert cost.exchange_s > 0


def test_every_stream_that_passes_an_exchange_counts():
    """Source and target pass one after the other: twice the operations of one stream of as many images."""
    one = measure_exchange(load_config('xtam/sd_vkitti2', 'mini'), (64, 64), 2, rounds=1)
    two = measure_exchange(load_config('xtam/sd_cityscapes_vkitti2_uda', 'mini'), (64, 64), 2, rounds=1)
    assert two.exchange_gflop == pytest.approx(2 * one.exchange_gflop)


def test_networks_without_exchange_are_refused():
    with pytest.raises(ConfigError, match='no exchange'):
        measure_exchange(load_config('mtl/sd_vkitti2', 'mini'), (32, 64), 2, rounds=1)


def test_tool_reports_share_and_memory(tmp_path):
    arguments = ['xtam/sd_vkitti2', '--profile', 'mini', '--size', '64x96', '--rounds', '1']
    finished = subprocess.run(
        [sys.executable, str(TOOL), *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=600
    )
    assert finished.returncode == 0, finished.stderr
    for said in ('fraction of the time', 'fraction of the operations', 'at level 1, 1x area', 'at level 1, 4x area'):
        assert said in finished.stdout
