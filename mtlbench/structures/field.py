"""Names of sample fields, and the kind of each."""

from __future__ import annotations

from mtlbench.errors import ConfigError
from mtlbench.structures.kinds import FieldKind

FIELD_KINDS: dict[str, FieldKind] = {'image': FieldKind.IMAGE}
"""The kind of every known field. The registration of a task adds the field of its name."""


def register_field(name: str, kind: FieldKind) -> None:
    """Register the kind of a field that is no task, such as the source of a computed label.

    Raises:
        ConfigError: When the field is registered with another kind.
    """
    if FIELD_KINDS.setdefault(name, kind) is not kind:
        raise ConfigError(
            f"field '{name}' is registered as {FIELD_KINDS[name].name}, not {kind.name}; choose another name"
        )


def field_kind(name: str) -> FieldKind:
    """Return the kind of a field.

    Raises:
        ConfigError: When the field is not registered.
    """
    if name not in FIELD_KINDS:
        raise ConfigError(
            f"unknown field '{name}'; known fields: {', '.join(FIELD_KINDS)}; "
            'add yours by the registration of its task, or with mtlbench.structures.register_field'
        )
    return FIELD_KINDS[name]
