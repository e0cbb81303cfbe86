"""Charts over strengths and gradient scales, with what the paper prints drawn in."""

from __future__ import annotations

import pytest

from mtlbench.leaderboard.html.figures import figures_of
from mtlbench.leaderboard.suites import find_suite
from mtlbench.leaderboard.tables.table import tables

pytest.importorskip('matplotlib')


def figures(suite_id, *records):
    suite = find_suite(suite_id)
    (grid,) = tables(suite, list(records))
    return [drawing() for drawing in figures_of(suite, grid)]


@pytest.fixture
def run(make_record):
    """A record of a config of the paper with some metrics."""

    def build(name, **metrics):
        more = {'depth/rmse_m': 5.0} if name.startswith('sd') else {}
        return make_record(f'robust/{name}', dataset='cityscapes', metrics={'semseg/miou': 0.5, **more, **metrics})

    return build


def test_quality_over_strength(run):
    ratios = {f'semseg/q_fgsm_{strength}': share for strength, share in (('0p25', 0.9), ('1', 0.6), ('16', 0.1))}
    (chart,) = figures('robust_f6a_fgsm_s', run('s_cityscapes', **ratios))
    for text in ('strength [gray values]', '0.25', 'single-task', 'published'):
        assert text in chart
    assert 'λ = 0.3' not in chart, 'neither measured nor printed'
    # Table 4 prints the row of lambda = 0.1, too: its marks stand there without a run of ours.
    assert 'λ = 0.1' in chart


def test_quality_over_the_gradient_scale(run):
    here, there = figures(
        'robust_f4_clean_s',
        run('s_cityscapes', **{'semseg/miou@kitti_stereo_robust': 0.4}),
        run('sd_cityscapes_l0', **{'semseg/miou@kitti_stereo_robust': 0.3}),
        run('sd_cityscapes_l0p1', **{'semseg/miou@kitti_stereo_robust': 0.2}),
    )
    assert 'Cityscapes' in here and 'KITTI' in there
    assert all(
        'by gradient scale' in chart and 'single-task' in chart and 'published' in chart for chart in (here, there)
    )


def test_no_figures_without_runs_or_places(make_record):
    assert figures('robust_f4_clean_s') == []
    assert figures('xtam_t1_vkitti2_sd', make_record('stl/s_vkitti2', 0.5)) == []
