"""Legends, color bars and overlays."""

import numpy as np
import pytest

from mtlbench.visualization.color_bar import color_scale, draw_color_bar
from mtlbench.visualization.legend import LINE, SWATCH, Entry, draw_legend
from mtlbench.visualization.overlay import blend


def colors_in(strip):
    return {tuple(map(int, color)) for color in np.unique(strip.reshape(-1, 3), axis=0)}


def test_a_legend_shows_every_color_and_is_as_wide_as_asked():
    entries = [Entry(f'class {number}', (200, number, 0)) for number in range(30)]
    strip = draw_legend('task', entries, 300)
    assert strip.shape[1] == 300
    assert len(strip) % LINE == 0
    assert {entry.color for entry in entries} <= colors_in(strip)
    assert all((strip == entry.color).all(-1).sum() == SWATCH**2 for entry in entries)
    assert len(draw_legend('task', entries[:2], 300)) == LINE


def test_a_color_like_the_background_has_a_frame():
    strip = draw_legend('', [Entry('', (255, 255, 255))], 60)
    row = strip[LINE // 2, :, 0]
    left, right = np.flatnonzero(row == 128)
    assert right - left == SWATCH + 1
    assert (row[left + 1 : right] == 255).all()


def test_a_narrow_legend_has_an_entry_a_line():
    strip = draw_legend('task', [Entry('a name far too long for its place', (1, 2, 3))] * 3, 20)
    assert strip.shape == (4 * LINE, 20, 3)


def drawn_as(shade):
    return np.repeat(np.asarray(shade, np.uint8)[..., None], 3, -1)


def test_a_color_scale_has_the_colors_of_the_drawn_map():
    values = np.linspace(3, 7, 200).reshape(10, 20)
    drawn = drawn_as(50 * (values - 3))
    scale = color_scale(values, drawn, np.ones(values.shape, bool), 'm')
    assert abs(scale.values[0] - 3) < 0.1
    assert abs(scale.values[-1] - 7) < 0.1
    assert np.abs(scale.colors[:, 0] - 50 * (scale.values - 3)).max() < 1.5  # rounding, and steps between the values


def test_a_color_scale_leaves_out_unknown_pixels_and_ends_where_colors_end():
    values = np.array([[-5.0, np.nan, np.inf, 1.0, 2.0, 3.0, 4.0, 80.0, 1e9]])
    drawn = drawn_as([[0, 0, 0, 10, 20, 30, 40, 99, 99]])
    scale = color_scale(values, drawn, values > 0, 'm')
    assert (scale.values[0], scale.values[-1]) == (1.0, 80.0)
    shades = scale.colors[:, 0].astype(int)
    assert np.diff(shades).max() <= 1  # the color changes evenly, whatever the values
    for shade, value in ((10, 1), (20, 2), (30, 3), (40, 4), (99, 80)):
        assert abs(scale.values[shades == shade].mean() - value) < 0.4, shade
    assert color_scale(values, drawn, values > 1e10, 'm') is None


def test_a_constant_map_has_a_color_bar():
    scale = color_scale(np.full((1, 1), 5.0), drawn_as([[77]]), np.ones((1, 1), bool), '')
    strip = draw_color_bar('depth', scale, 200)
    assert strip.shape == (2 * LINE, 200, 3)
    assert (77, 77, 77) in colors_in(strip)


def test_a_color_bar_runs_from_left_to_right():
    values = np.linspace(0, 1, 256)[None]
    strip = draw_color_bar('', color_scale(values, drawn_as(255 * values), values >= 0, ''), 400)
    bar = strip[LINE // 2, 10:394, 0].astype(int)
    assert (np.diff(bar) >= 0).all()
    assert bar[0] < 5
    assert bar[-1] > 250


@pytest.mark.parametrize(('width', 'count'), [(320, 2), (1280, 5)])
def test_the_values_below_a_color_bar_do_not_touch(width, count):
    values = np.linspace(0.334, 10.8, 256)[None]
    scale = color_scale(values, drawn_as(20 * values), values > 0, 'm, up to scale')
    below = draw_color_bar('depth', scale, width)[LINE:]
    inked = np.flatnonzero((below < 200).any((0, 2)))
    assert (np.diff(inked) > 20).sum() == count - 1


def test_black_shows_the_image():
    image = np.full((1, 2, 3), 100, np.uint8)
    assert blend(image, np.array([[[0, 0, 0], [200, 0, 51]]], np.uint8)).tolist() == [[[100] * 3, [150, 50, 76]]]
