"""Maps read back from their files, by a reader that knows the description alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tiny_predictor import TASK_NODES

from mtlbench.datasets.folder.codecs.ids import IdLabels
from mtlbench.errors import ConfigError
from mtlbench.inference.formats import MapFormat, format_of
from mtlbench.registry import TASKS
from mtlbench.structures import register_class_set


def task(name, **options):
    return TASKS.build({**TASK_NODES[name], **options})


def read(content):
    values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return values[..., ::-1] if values.ndim == 3 else values


def stored(task, values):
    return read(format_of(task).encode(np.asarray(values), task)), format_of(task).describe(task)


@pytest.mark.parametrize(
    ('name', 'values'),
    [
        ('depth', [[0.004, 0.1, 1.0, 79.999, 255.99]]),
        ('height', [[-1.0, -0.3, 0.0, 0.001, 25.5, 254.9]]),
    ],
)
def test_lengths_come_back_within_half_a_step(name, values):
    values = np.array(values, np.float32)
    found, described = stored(task(name), values)
    assert (found > described['unknown']).all()
    assert np.abs(found * described['scale'] + described['offset'] - values).max() <= described['scale'] / 2 + 1e-6
    assert format_of(task(name)).clipped(values) == 0
    assert described['unit'] == 'm'


def test_lengths_that_a_file_cannot_hold_are_clipped_and_counted():
    inf = np.inf
    values = np.array([[0.0, -3.0, np.nan, 0.0001, 256.5, 1e9, inf, -inf]], np.float32)
    found, _ = stored(task('depth'), values)
    assert found.tolist() == [[0, 0, 0, 1, 65535, 65535, 65535, 0]]
    assert format_of(task('depth')).clipped(values) == 4
    found, described = stored(task('height'), values)
    assert found.tolist() == [[257, 1, 0, 257, 65535, 65535, 65535, 0]]
    assert described['range'] == [-1.0, 65278 / 256]
    assert format_of(task('height')).clipped(values) == 4


def test_directions_come_back_within_the_step_of_16_bits():
    vectors = np.random.default_rng(0).normal(size=(9, 7, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    vectors[0, 0] = 0
    vectors[0, 1] *= 5  # of the reference metric, which needs unnormalized predictions
    found, described = stored(task('normals'), vectors)
    assert found[0, 0].tolist() == described['unknown']
    back = 2 * found.astype(np.float64) / 65535 - 1
    vectors[0, 1] /= 5
    assert np.abs(back - vectors)[1:].max() <= 1 / 65535 + 1e-6
    assert np.abs(back - vectors)[0, 1:].max() <= 1 / 65535 + 1e-6


def test_ids_are_those_of_the_data_set():
    """Label ids of Cityscapes, published with the data set: road 7, sky 23, bicycle 33."""
    found, described = stored(task('semseg'), [[0, 10, 18, 255]])
    assert found.tolist() == [[7, 23, 33, 255]]
    assert described['values'] == 'label ids'
    assert (described['classes']['7'], described['classes']['33']) == ('road', 'bicycle')
    found, described = stored(task('semseg', class_set='nyudv2_40'), [[0, 39]])
    assert found.tolist() == [[1, 40]]
    assert described['classes']['40'] == 'other prop'
    assert stored(task('semseg', class_set='scannet_20'), [[19]])[0] == 39


def test_ids_of_ones_own_labels_come_back():
    """A folder of labels with the ids 3 and 200: the task that its config builds writes them again."""
    settings = IdLabels('{frame}.png', {3: 'cat', 200: 'dog'}, colors={'dog': (1, 2, 3)}).task_settings
    found, described = stored(task('semseg', **settings), [[0, 1, 255]])
    assert found.tolist() == [[3, 200, 255]]
    assert described['classes'] == {'3': 'cat', '200': 'dog'}
    for ids in ({3: 'cat', 4: 'cat'}, {3: 'cat', 300: 'dog'}):  # no single id of 8 bits
        settings = IdLabels('{frame}.png', ids).task_settings
        assert stored(task('semseg', **settings), [[0]])[1]['values'] == 'training ids'
    with pytest.raises(ConfigError, match='the color and the label id of each'):
        task('semseg', class_set={'cat': (1, 2, 3, 4), 'dog': (1, 2, 3)})


@pytest.mark.parametrize('class_set', ['cityscapes_7', 'nyudv2_13', 'vkitti2_14', 'isprs_5'])
def test_ids_are_training_ids_where_classes_are_no_single_labels(class_set):
    found, described = stored(task('semseg', class_set=class_set), [[0, 4]])
    assert found.tolist() == [[0, 4]]
    assert described['values'] == 'training ids'
    assert described['class_set'] == class_set


def test_a_background_without_a_label_is_unknown():
    found, described = stored(task('semseg', background=True), [[19, 0]])
    assert found.tolist() == [[described['unknown'], 7]]


def test_edges_are_white_and_probabilities_gray():
    assert stored(task('edges'), [[0, 1, 255]])[0].tolist() == [[0, 255, 0]]
    assert stored(task('edges'), [[0.0, 0.5, 1.0, np.nan]])[0].tolist() == [[0, 128, 255, 0]]


def test_a_map_of_another_kind_is_an_array(tmp_path):
    shading, values = task('shading'), np.random.default_rng(0).random((5, 4, 3), np.float32)
    assert type(format_of(shading)) is MapFormat
    (tmp_path / 'x.npy').write_bytes(format_of(shading).encode(values, shading))
    assert np.array_equal(np.load(tmp_path / 'x.npy'), values)


def test_the_unit_is_that_of_the_task_or_of_its_kind():
    shading, scaled, height = task('shading'), task('depth', median_scaling=True), task('height')
    shading.unit_of_values = 'lux'
    found = [format_of(one).describe(one)['unit'] for one in (shading, scaled, task('depth'), height)]
    assert found == ['lux', 'm, up to scale', 'm', 'm']
    assert 'unit' not in format_of(shading).describe(task('shading'))


def test_the_legend_has_the_classes_that_occur():
    semseg = task('semseg')
    names = [entry.name for entry in format_of(semseg).legend(semseg, np.array([[10, 0, 255, 0]]))]
    assert names == ['road', 'sky']
    assert len(format_of(semseg).legend(semseg, None)) == 19
    own = register_class_set('two_of_my_own', ('cat', 'dog'), ((9, 8, 7), (1, 2, 3)), label_ids=(3, 200))
    entries = format_of(semseg).legend(task('semseg', class_set=own.name), np.array([[1]]))
    assert entries == [('dog', (1, 2, 3))]
    assert stored(task('semseg', class_set=own.name), [[1, 0]])[0].tolist() == [[200, 3]]


def test_the_legend_of_normals_has_the_colors_of_the_axes():
    """(n + 1) / 2 of the convention: x right, y down, z towards the camera."""
    normals = task('normals')
    colors = dict(format_of(normals).legend(normals, None))
    assert colors['right'] == (255, 128, 128)
    assert colors['up'] == (128, 0, 128)
    assert colors['to the camera'] == (128, 128, 255)
