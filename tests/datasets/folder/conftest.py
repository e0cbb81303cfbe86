"""A folder of one's own data."""

import pytest

from mtlbench.datasets import FolderDataset


@pytest.fixture
def dataset(tmp_path):
    """Builds the dataset of the test's folder."""

    def build(**changes):
        options = {'data_root': str(tmp_path), 'split': 'all', 'tasks': [], 'pipeline': []}
        return FolderDataset(**{**options, **changes})

    return build
