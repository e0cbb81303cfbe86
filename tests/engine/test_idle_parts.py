"""What a run does not teach is named, once."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mtlbench.engine.hooks import IdlePartsHook


class Model(nn.Module):
    """Parameters that learn, that get no gradient, one of zero, a rare one, and a frozen one."""

    def __init__(self):
        super().__init__()
        for name in ('taught', 'unused', 'dead', 'rare', 'frozen'):
            self.register_parameter(name, nn.Parameter(torch.ones(2)))
        self.frozen.requires_grad_(False)
        self.tasks = {'semseg': None, 'depth': None, 'normals': None}


def train(model, updates=20, after=20, terms=lambda update: dict(loss_semseg=1.0, loss_depth=0.0)):
    lines = []
    runner = SimpleNamespace(model=model, iter=0, logger=SimpleNamespace(warning=lines.append))
    hook = IdlePartsHook(after)
    hook.before_train(runner)
    for update in range(updates):
        loss = model.taught.sum() + 0 * model.dead.sum() + (update == 3) * model.rare.sum()
        loss.backward()
        model.zero_grad()
        outputs = {name: torch.tensor(value) for name, value in terms(update).items()}
        hook.after_train_iter(runner, update, outputs=dict(outputs, loss=loss.detach()))
        runner.iter += 1
    hook.after_train(runner)
    return lines, hook


def test_names_parameters_terms_and_tasks_in_one_line():
    (line,), hook = train(Model(), updates=60)
    assert '\n' not in line and 'first 20 updates' in line
    assert 'no gradient reached unused, dead (' in line
    assert 'zero: depth' in line and line.endswith('taught normals')
    assert not hook._handles


def test_says_nothing_where_all_learn():
    model = Model()
    for name in ('unused', 'dead'):
        delattr(model, name)
    model.dead = torch.zeros(2)
    del model.tasks['normals']
    lines, _ = train(model, terms=lambda update: dict(loss_semseg=1.0, loss_depth=float(update == 7)))
    assert lines == []


def test_a_run_too_short_to_tell_is_left_alone():
    assert train(Model(), updates=5)[0] == []


@pytest.mark.parametrize('count', [3, 90])
def test_many_names_stay_one_line(count):
    model = Model()
    model.more = nn.ParameterList(nn.Parameter(torch.ones(1)) for _ in range(count))
    ((line,), _) = train(model)
    assert f'and {count + 2 - 5} more' in line if count > 3 else 'more.2' in line


def test_is_among_the_hooks_of_every_config():
    from mtlbench.config import load_config

    assert load_config('xtam/sdn_vkitti2').default_hooks.idle_parts.type == 'IdlePartsHook'
