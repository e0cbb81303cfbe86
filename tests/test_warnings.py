"""Warnings of the package are errors in tests; those of third parties are not."""

from __future__ import annotations

import warnings

import pytest


def warn_in(module, category):
    """Warn as a line of a module does."""
    exec("import warnings; warnings.warn('told', category)", {'__name__': module, 'category': category})  # noqa: S102


@pytest.mark.parametrize('category', [UserWarning, RuntimeWarning, DeprecationWarning, FutureWarning])
def test_what_our_code_is_warned_of_is_an_error(category):
    with pytest.raises(category, match='told'):
        warn_in('mtlbench.engine.runner', category)


def test_what_others_are_warned_of_is_not():
    with warnings.catch_warnings(record=True) as told:
        warn_in('mmengine.runner.runner', DeprecationWarning)
    assert [str(one.message) for one in told] == ['told']
