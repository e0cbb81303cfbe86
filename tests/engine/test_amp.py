"""Mixed precision on the CPU."""

import pytest
import torch
from torch import nn

from mtlbench.engine.amp import MixedPrecisionOptimWrapper
from mtlbench.errors import ConfigError


def train(wrapper, model, steps=20):
    losses = []
    for step in range(steps):
        inputs = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
        with wrapper.optim_context(model):
            loss = (model(inputs).float() - inputs.sum(1, keepdim=True)).square().mean()
        wrapper.update_params(loss)
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
@pytest.mark.parametrize('accumulative_counts', [1, 2])
def test_trains_with_clipping_and_accumulation(dtype, accumulative_counts):
    torch.manual_seed(0)
    model = nn.Linear(4, 1)
    wrapper = MixedPrecisionOptimWrapper(
        dtype=dtype,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        clip_grad=dict(max_norm=10),
        accumulative_counts=accumulative_counts,
    )
    losses = train(wrapper, model, 40)
    assert losses[-1] < 0.1 * losses[0]


def test_state_goes_round():
    model = nn.Linear(4, 1)
    wrapper = MixedPrecisionOptimWrapper(dtype='float16', optimizer=torch.optim.Adam(model.parameters()))
    train(wrapper, model, 40)  # the first updates overflow and are skipped
    other = MixedPrecisionOptimWrapper(dtype='float16', optimizer=torch.optim.Adam(model.parameters()))
    other.load_state_dict(wrapper.state_dict())
    assert other.scaler.state_dict() == wrapper.scaler.state_dict()
    states = (each.optimizer.state_dict()['state'][0] for each in (wrapper, other))
    assert len({state['step'].item() for state in states}) == 1


def test_unknown_type_is_named():
    with pytest.raises(ConfigError, match=r"'int8'.*bfloat16"):
        MixedPrecisionOptimWrapper(dtype='int8', optimizer=torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0))
