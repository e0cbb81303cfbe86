"""Which tests a change touches."""

from __future__ import annotations

import changed
import pytest


@pytest.mark.parametrize(
    ('file', 'within', 'without'),
    [
        ('mtlbench/datasets/vkitti2.py', 'tests/datasets/test_vkitti2.py', 'tests/tasks/test_losses.py'),
        # Handed on by mtlbench.tasks, which these import it from.
        ('mtlbench/tasks/edges.py', 'tests/tasks/test_edges_task.py', 'tests/world/test_world_indoor.py'),
        # Found in the registry by its name, so imported by none.
        (
            'mtlbench/balancers/losses/uncertainty.py',
            'tests/balancers/test_balancers.py',
            'tests/mixers/test_colors.py',
        ),
        # Through five other modules.
        ('mtlbench/records/lock.py', 'tests/inference/test_predictor.py', 'tests/datasets/test_transforms.py'),
        # A program that a test starts by the name of its module.
        ('mtlbench/cli/train.py', 'tests/faults/test_campaign.py', 'tests/world/test_world_indoor.py'),
        ('tests/datasets/layout_nyudv2.py', 'tests/datasets/test_nyudv2.py', 'tests/models/test_network.py'),
        ('tests/world/conftest.py', 'tests/world/test_world_indoor.py', 'tests/models/test_network.py'),
        ('docs/tasks.md', 'tests/docs/test_links.py', 'tests/models/test_network.py'),
        ('configs/xtam/sd_vkitti2.py', 'tests/test_config.py', 'tests/mixers/test_colors.py'),
    ],
)
def test_a_change_touches_what_depends_on_it_and_not_the_rest(file, within, without):
    found = changed.touched([file])
    assert within in found
    assert without in changed.test_files()
    assert without not in found


def test_nothing_and_everything():
    assert changed.touched([]) == []
    assert changed.touched(['pyproject.toml']) == changed.test_files()
    assert changed.touched(['mtlbench/metrics/gone.py'])[:1] == ['tests/docs/test_commands.py']


def test_changes_are_those_since_the_common_ancestor_and_new_files(tmp_path, monkeypatch):
    monkeypatch.setattr(changed, 'ROOT', tmp_path)
    monkeypatch.setenv('GIT_CONFIG_GLOBAL', '/dev/null')
    for name in ('AUTHOR', 'COMMITTER'):
        monkeypatch.setenv(f'GIT_{name}_NAME', 'x')
        monkeypatch.setenv(f'GIT_{name}_EMAIL', 'x@example.org')

    def commit(name):
        (tmp_path / name).write_text(name)
        changed._git('add', name)
        changed._git('commit', '-m', name)

    changed._git('init', '-b', 'main')
    commit('first')
    changed._git('checkout', '-b', 'own')
    commit('mine')
    changed._git('checkout', 'main')
    commit('theirs')
    changed._git('checkout', 'own')
    (tmp_path / 'first').write_text('changed')
    (tmp_path / 'new').write_text('new')
    assert changed.changed_files('main') == {'first', 'mine', 'new'}
    assert changed.changed_files('no_such_branch') == {'first', 'new'}
