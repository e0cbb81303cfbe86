"""Comparison of the frames of a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mtlbench.datasets.check.frame import IMAGE, SIZES, FrameReport
from mtlbench.datasets.check.ground import NEAR, ODD_ONE
from mtlbench.datasets.check.report import SplitReport

FEWEST = 2
"""Smallest number of frames that can share a property for more than chance."""
MOST_SAME, SAME_SHARE = 3, 0.25
"""Number of frames, and their share of all frames, that may have equal pixels.

A camera that stands still takes such frames.
"""


def compare_frames(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    """Add the faults of a split that only a comparison of its frames reveals.

    Args:
        report: Report of the split.
        frames: Reports of the frames that were read.
    """
    _add_shared(report, frames)
    _add_same(report, frames)
    _add_other_sizes(report, frames)
    _add_other_units(report, frames)


def _add_shared(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    for (field, message), count in Counter(doubt for frame in frames for doubt in frame.shared).items():
        if count >= FEWEST and count == sum(field in frame.facts for frame in frames):
            report.add(field, message)


def _add_same(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    """Add images or labels that look like copies of one file. In a video of a still scene, a few may be equal."""
    for field in dict.fromkeys(field for frame in frames for field in frame.digests):
        digests = Counter(frame.digests[field] for frame in frames if field in frame.digests)
        count, total = digests.most_common(1)[0][1], digests.total()
        if count > MOST_SAME and count > SAME_SHARE * total:
            report.add(field, f'{field}: {count} of {total} frames have the same pixels; was one copied over others?')
        elif field == IMAGE and total > len(digests):
            report.note(IMAGE, f'{total - len(digests)} with the same pixels as another image')


def _add_other_sizes(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    """Add images, and labels of independent size, whose size differs from that of most others."""
    if report.dataset is None:
        return
    for field in (*([IMAGE] if report.dataset.one_size else []), *report.dataset.other_sizes):
        sizes = Counter(frame.sizes[field] for frame in frames if field in frame.sizes)
        most = sizes.most_common(1)[0][0] if sizes else None
        for frame in frames:
            size = frame.sizes.get(field)
            if size and most and size != most:
                path = report.dataset.path_of(frame.frame, field)
                report.add(SIZES, f'{path} has {_pixels(size)} pixels, most have {_pixels(most)}; fetch it again')


def _add_other_units(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    for field in dict.fromkeys(field for frame in frames for field in frame.near):
        near = {frame.frame: frame.near[field] for frame in frames if np.isfinite(frame.near.get(field, np.nan))}
        if report.dataset is None or len(near) < FEWEST:
            continue
        usual = float(np.median([*near.values()]))
        if report.dataset.ground_below and not NEAR[0] <= usual <= NEAR[1]:
            expected = f'{NEAR[0]:g} .. {NEAR[1]:g} m'
            report.add(field, f'depth at the bottom of images is {usual:.3g} m, expected {expected}; another unit?')
        for frame, depth in near.items():
            if not usual / ODD_ONE <= depth <= usual * ODD_ONE:
                path = report.dataset.path_of(frame, field)
                report.add(field, f'{path}: near depth is {depth:.3g} m, elsewhere {usual:.3g} m; another unit?')


def _pixels(size: tuple[int, int]) -> str:
    return f'{size[1]} x {size[0]}'
