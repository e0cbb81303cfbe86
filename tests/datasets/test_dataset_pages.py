"""The table of the datasets says what the classes say."""

import re
from pathlib import Path

import pytest

from mtlbench.datasets import MultiTaskDataset
from mtlbench.registry import DATASETS

PAGES = Path(__file__).parents[2] / 'docs' / 'datasets'
ROWS = dict(re.findall(r'^\| \[`(\w+)`\]\(\1\.md\) \| (.+) \|$', (PAGES / 'README.md').read_text(), re.MULTILINE))


def members():
    found = (DATASETS.get(name) for name in DATASETS.names())
    return [
        pytest.param(member, id=member.name)
        for member in found
        if issubclass(member, MultiTaskDataset) and member.__module__.startswith('mtlbench')
    ]


@pytest.mark.parametrize('member', members())
def test_every_dataset_has_a_row_and_a_page(member):
    assert (PAGES / f'{member.name}.md').is_file()
    _, tasks, class_sets, splits = ROWS[member.name].split(' | ')
    assert set(re.findall(r'`(\w+)`', tasks)) == set(member.label_fields)
    if 'as Cityscapes' not in class_sets:
        assert set(re.findall(r'`(\w+)`', class_sets)) == set(member.class_sets)
    assert dict(member.official_counts) == {name: int(count) for name, count in re.findall(r'`(\w+)`: (\d+)', splits)}
