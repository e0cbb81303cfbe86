"""Export of a trained network: files, checked against the network, and their model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mtlbench.engine.hooks.checkpoint import last_checkpoint
from mtlbench.engine.launch import RunRequest, load_learner
from mtlbench.errors import DataError
from mtlbench.export.agreement import Agreement, compare, trials
from mtlbench.export.card import UNKNOWN, Card, require_license
from mtlbench.export.facts import facts_of
from mtlbench.export.formats import FORMATS, Format, Model
from mtlbench.export.network import ExportedNetwork
from mtlbench.utils.choices import require_known
from mtlbench.utils.output import hidden_folder, writable_folder

CARD = 'README.md'
STORED = RunRequest(config=None)


class Exported(NamedTuple):
    """Result of an export.

    Args:
        files: Files that were written.
        agreements: Agreement of each output of each file with the network.
    """

    files: list[Path]
    agreements: list[Agreement]


def export(
    run: str | Path,
    formats: Sequence[str],
    out: str | Path | None = None,
    size: tuple[int, int] | None = None,
    license_id: str = UNKNOWN,
    request: RunRequest = STORED,
) -> Exported:
    """Write a trained network in some formats, check every file against the network, and write a model card.

    The files appear when all of them are complete and checked.

    Args:
        run: Folder of a run, checkpoint, or exported ``.safetensors`` file.
        formats: Names of the formats, see :data:`FORMATS`.
        out: Folder to write to; None for ``export`` beside the checkpoint.
        size: Only height and width of the images; None for all that the network accepts.
        license_id: License of the weights, for the card.
        request: Config of the network; by default the one that the checkpoint stores.

    Raises:
        MissingExtraError: When a package for a format is not installed.
        DataError: When the folder has such files already, or cannot be written to.
        ExportError: When the network cannot be exported, or a file disagrees with the network.
    """
    for name in formats:
        require_known('--format', name, FORMATS)
    kinds = [FORMATS[name] for name in dict.fromkeys(formats)]
    for kind in kinds:
        kind.require()
    license_id = require_license(license_id)
    path = last_checkpoint(Path(run))
    out = Path(out or path.parent / 'export')
    _require_new(out, kinds)
    cfg, learner = load_learner(request, str(path))
    network = ExportedNetwork(learner)
    fixed = network.require_size(size) if size else None
    model = Model(learner, facts_of(cfg, learner, path, fixed), fixed)
    writable_folder(out)
    return _write(model, kinds, out, license_id)


def _write(model: Model, kinds: Sequence[Format], out: Path, license_id: str) -> Exported:
    """Write and check all files in a hidden folder, then move them."""
    agreements: list[Agreement] = []
    with hidden_folder(out) as folder:
        for kind in kinds:
            kind.write(model, folder / kind.file)
            images = trials(model.network, model.size)
            agreements += compare(kind, model.network, kind.open(folder / kind.file), images)
        (folder / CARD).write_text(str(Card(model.facts, license_id, kinds, agreements)), encoding='utf-8')
        files = sorted(folder.iterdir())
        for file in files:
            file.replace(out / file.name)
    return Exported([out / file.name for file in files], agreements)


def _require_new(out: Path, kinds: Sequence[Format]) -> None:
    found = next((name for name in (CARD, *(kind.file for kind in kinds)) if (out / name).exists()), None)
    if found:
        raise DataError(f'{out / found} exists already and is not overwritten; use another --out, or delete it')
