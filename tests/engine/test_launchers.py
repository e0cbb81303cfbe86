"""Which process of how many this one is, by what launchers set."""

import pytest

from mtlbench.engine.distribution import Place, place
from mtlbench.errors import ConfigError


def test_places(monkeypatch):
    assert place('none') == Place(0, 1)
    for launcher, names in (('pytorch', ('RANK', 'WORLD_SIZE')), ('slurm', ('SLURM_PROCID', 'SLURM_NTASKS'))):
        for name, value in zip(names, ('1', '3'), strict=True):
            monkeypatch.setenv(name, value)
        assert place(launcher) == Place(1, 3)


@pytest.mark.parametrize(
    ('launcher', 'name', 'start'), [('pytorch', 'RANK', 'torchrun'), ('slurm', 'SLURM_PROCID', 'srun')]
)
@pytest.mark.parametrize('value', [None, 'first'])
def test_a_process_that_no_launcher_started_says_how_to(launcher, name, start, value, monkeypatch):
    monkeypatch.delenv(name, raising=False)
    if value:
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f'needs {name}.*{start}'):
        place(launcher)
