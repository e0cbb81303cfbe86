"""What the frames of a split tell about each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mtlbench.datasets.check.frame import IMAGE, SIZES, FrameReport
from mtlbench.datasets.check.ground import NEAR, ODD_ONE
from mtlbench.datasets.check.report import SplitReport

FEWEST = 2
"""Frames that must have something in common to tell that it is not by chance."""
MOST_SAME, SAME_SHARE = 3, 0.25
"""Frames, and share of all frames, that may have the same pixels, as where the camera stands still."""


def compare_frames(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    """Add what is wrong with a split though each of its frames could be right.

    Args:
        report: Of the split.
        frames: The frames that were read.
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
    """Images or labels of which one was copied over others; a few, in a video of what stands still, may be the same."""
    for field in dict.fromkeys(field for frame in frames for field in frame.digests):
        digests = Counter(frame.digests[field] for frame in frames if field in frame.digests)
        count, total = digests.most_common(1)[0][1], digests.total()
        if count > MOST_SAME and count > SAME_SHARE * total:
            report.add(field, f'{field}: {count} of {total} frames have the same pixels; was one copied over others?')
        elif field == IMAGE and total > len(digests):
            report.note(IMAGE, f'{total - len(digests)} with the same pixels as another')


def _add_other_sizes(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    """Images, and labels that need not have the size of theirs, that are not as large as most."""
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
            report.add(field, f'at the bottom of images, {usual:.3g} m away; expected {expected}: another unit?')
        for frame, depth in near.items():
            if not usual / ODD_ONE <= depth <= usual * ODD_ONE:
                path = report.dataset.path_of(frame, field)
                report.add(field, f'{path}: what is near is {depth:.3g} m away, elsewhere {usual:.3g} m; another unit?')


def _pixels(size: tuple[int, int]) -> str:
    return f'{size[1]} x {size[0]}'
