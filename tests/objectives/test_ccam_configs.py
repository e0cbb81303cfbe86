"""Every combination of CCAM, AM, OR and CA has a config that is what its name says."""

import pytest

from mtlbench.config import load_config

CCAM = {
    '_affinemix_or': 'AM OR',
    '_affinemix': 'AM',
    '_affinemix_coloraug': 'AM CA',
    '_affinemix_or_coloraug': 'AM OR CA',
    '_depthmix': '',
    '_depthmix_coloraug': 'CA',
    '_depthmix_or': 'OR',
    '_depthmix_or_coloraug': 'OR CA',
}
THREE_WAYS = {
    '': '',
    '_affinemix': 'AM',
    '_affinemix_coloraug': 'AM CA',
    '_affinemix_or': 'AM OR',
    '_affinemix_or_coloraug': 'AM OR CA',
    '_coloraug': 'CA',
    '_or': 'OR',
    '_or_coloraug': 'OR CA',
}
ROWS = [
    (folder, ending, set(parts.split()))
    for folder, known in (('ccam', CCAM), ('three_ways_semi', THREE_WAYS))
    for ending, parts in known.items()
]


@pytest.mark.parametrize(('folder', 'ending', 'parts'), ROWS)
def test_parts(folder, ending, parts):
    cfg = load_config(f'{folder}/sd_cityscapes_372{ending}')
    pseudo = cfg.objectives.pseudo_labels
    found = {
        'AM': pseudo.mixer.type == 'AffineMixer',
        'OR': 'orthogonal' in cfg.objectives and 'orthogonal_decay' in cfg.default_hooks,
        'CA': 'colors' in pseudo and 'colors_start' in cfg.default_hooks,
    }
    assert {name for name, there in found.items() if there} == parts
    assert cfg.model.network.exchange.type == ('CCAMExchange' if folder == 'ccam' else 'PADNetExchange')
    assert cfg.method == ('CCAM' if folder == 'ccam' else '3-ways_PAD-Net')
    assert bool(pseudo.get('frozen')) == (folder == 'ccam')


def test_no_combination_is_missing():
    assert len({frozenset(parts) | {folder} for folder, _, parts in ROWS}) == 2 * 2**3
