"""A table of the plugin's own."""

from mtlbench.leaderboard.suites import Row, Suite

SUITES = [
    Suite(
        id='toy_vkitti2_sd',
        title='Toy on VKITTI2',
        rows=(Row('STL', ('stl/s_vkitti2', 'stl/d_vkitti2'), 'STL'), Row('toy', ('toy/sd_vkitti2',))),
        baselines={'semseg': 'stl/s_vkitti2', 'depth': 'stl/d_vkitti2'},
        published='xtam_t1_vkitti2_sd',
    )
]
