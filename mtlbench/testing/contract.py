"""Base class of the contracts, and a runner without pytest."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest import SkipTest

import torch
from mmengine.config import ConfigDict

from mtlbench.config.arguments import arguments_of
from mtlbench.config.kinds import scaled_by
from mtlbench.errors import ConfigError
from mtlbench.registry import Registry

Case = Mapping[str, Any]
"""Config of a member: its ``type`` and its arguments."""


class Contract:
    """Checks of the members of one registry, in methods ``test_...`` with the argument ``case``.

    A subclass in a test file lists the cases, and may add references and checks of its own. Pytest runs every check on
    every case.

    Attributes:
        registry: Registry that builds the cases.
        base: Base class of the registry's members.
        cases: Configs of the members to check. Small sizes make the checks fast.
        references: Independent implementations by type; each contract states their arguments. A type without a
            reference is not compared.
    """

    registry: ClassVar[Registry]
    base: ClassVar[type]
    cases: ClassVar[Sequence[Case]] = ()
    references: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each check once per case."""
        if 'case' in metafunc.fixturenames:
            assert self.cases, f'{type(self).__name__}.cases is empty; list configs such as dict(type=...)'
            compared = metafunc.function.__name__ == 'test_equals_its_reference'
            cases = [case for case in self.cases if case['type'] in self.references] if compared else self.cases
            metafunc.parametrize('case', cases, ids=label)

    def member(self, case: Case) -> Any:
        """Return the class of a case."""
        return self.registry.get(case['type'])

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build a case from its config, with random weights from a seed.

        Args:
            case: Config of the member.
            seed: Seed of torch's generator.
            arguments: Arguments that the project passes besides those of the config.
        """
        torch.manual_seed(seed)
        # Built in this scope, whatever a Runner of another test has left as the default.
        return self.registry.build({**case, **arguments, '_scope_': 'mtlbench'})

    def reference(self, case: Case) -> Callable[..., Any]:
        """Return the reference of a case; without one, the check is skipped."""
        if case['type'] not in self.references:
            raise SkipTest(f'{type(self).__name__}.references has none for {case["type"]}')
        return self.references[case['type']]

    def test_it_subclasses_the_base_class(self, case: Case) -> None:
        """The registry finds the class by its name; it is a subclass of the base class."""
        member = self.member(case)
        assert issubclass(member, self.base), f'{member.__name__} is no {self.base.__name__}'
        assert not inspect.isabstract(member), f'{member.__name__} lacks methods of {self.base.__name__}'

    def test_scaled_arguments_are_arguments_of_the_class(self, case: Case) -> None:
        """Every name in ``scaled_arguments`` is an argument of the class, with a known kind."""
        member = self.member(case)
        unknown = set(scaled_by(member) or {}) - set(arguments_of(member).named)
        assert not unknown, f'{member.__name__}.scaled_arguments names {sorted(unknown)}, which it does not accept'

    def test_building_leaves_the_config_unchanged(self, case: Case) -> None:
        """A config can be built from twice: the class does not modify its arguments."""
        config = ConfigDict(copy.deepcopy(dict(case)))
        before = copy.deepcopy(config)
        self.build(config)
        assert config == before


@contextmanager
def rejected(what: str, error: type[Exception] = ConfigError) -> Iterator[None]:
    """Assert that something is rejected with an error that users can fix."""
    try:
        yield
    except error:
        return
    raise AssertionError(f'{what} is accepted; expected a {error.__name__}')


def label(case: Any) -> str | None:
    """Return a name for a case in pytest's output."""
    if not isinstance(case, Mapping):
        return None
    options = [f'{key}={value}' for key, value in case.items() if key != 'type']
    return '-'.join([str(case.get('type', '')), *options])[:100]


def failures(contract: type[Contract]) -> dict[str, str]:
    """Run all checks of a contract without pytest.

    Returns:
        Message of the first failure of each failed check, by the name of the check.
    """
    found: dict[str, str] = {}
    instance = contract()
    for name in (name for name in dir(contract) if name.startswith('test_')):
        check = getattr(instance, name)
        if list(inspect.signature(check).parameters) != ['case']:
            continue
        for case in contract.cases:
            try:
                check(case)
            except SkipTest:
                continue
            except Exception as error:  # a check may fail with any error of the class under test
                found.setdefault(name, f'{label(case)}: {type(error).__name__}: {error}')
    return found
