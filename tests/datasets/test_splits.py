import pytest

from mtlbench.datasets.splits import disjoint_split, labeled_split, reference_split

PATHS = [f'frame_{number:05d}' for number in range(2126)]


def test_sizes_and_disjointness():
    parts = disjoint_split(PATHS, 42)
    assert (len(parts['train']), len(parts['val'])) == (1700, 426)
    assert sorted(parts['train'] + parts['val']) == PATHS


@pytest.mark.parametrize(('seed', 'overlap'), [(42, 348), (43, 337), (44, 350)])
def test_reference_parts_overlap_as_the_fact_sheet_says(seed, overlap):
    parts = reference_split(PATHS, seed)
    assert (len(parts['train']), len(parts['val'])) == (1700, 426)
    assert len(set(parts['train']) & set(parts['val'])) == overlap


def test_both_protocols_train_on_the_same_frames():
    assert reference_split(PATHS, 42)['train'] == disjoint_split(PATHS, 42)['train']


def test_order_of_the_listing_does_not_matter():
    assert disjoint_split(PATHS[::-1], 42) == disjoint_split(PATHS, 42)


def test_seed_matters():
    assert disjoint_split(PATHS, 1)['val'] != disjoint_split(PATHS, 2)['val']


FRAMES = [f'{number:06d}' for number in range(2975)]


@pytest.mark.parametrize(
    ('seed', 'share', 'count', 'first', 'total'),
    [
        (7, 1 / 30, 100, (121, 224, 296), 163875),
        (25, 1 / 30, 100, (51, 55, 81), 144348),
        (42, 1 / 30, 100, (0, 45, 52), 144041),
        (7, 1 / 8, 372, (0, 2, 24, 26, 34), 563943),
        (25, 1 / 8, 372, (7, 27, 35, 45, 48), 551091),
        (42, 1 / 8, 372, (0, 30, 32, 44, 45), 537201),
        (7, 1 / 4, 744, (), 1102391),
        (25, 1 / 4, 744, (), 1105929),
        (42, 1 / 4, 744, (), 1085763),
    ],
)
def test_labeled_subsets_are_those_of_the_fact_sheet(seed, share, count, first, total):
    """The shares give the published numbers of frames, and the seeds the known indices."""
    for amount in (share, count):
        parts = labeled_split(FRAMES[::-1], amount, seed)
        chosen = [int(frame) for frame in parts['labeled']]
        assert (len(chosen), sum(chosen)) == (count, total)
        assert tuple(chosen[: len(first)]) == first
        assert sorted(parts['labeled'] + parts['unlabeled']) == FRAMES


def test_all_frames_may_be_labeled():
    assert labeled_split(FRAMES, 2975, 42) == {'labeled': FRAMES, 'unlabeled': []}
