import pytest

from mtlbench.datasets.splits import disjoint_split, reference_split

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
