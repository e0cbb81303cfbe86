"""Formats of exported networks: how a file is written, and run again to check it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mtlbench.engine.hooks.checkpoint import EXPORTED
from mtlbench.engine.launch import RunRequest, load_learner
from mtlbench.errors import ExportError, MissingExtraError
from mtlbench.export.network import INPUT, ExportedNetwork, Size
from mtlbench.export.program import capture, exporting
from mtlbench.learner import Learner

Run = Callable[[Tensor], dict[str, Tensor]]
FACTS_FILE = 'facts.json'
"""Name of the extra file in a program of torch.export that has the facts."""
OLDEST_TORCH = (2, 6)
"""First version whose ``torch.onnx.export`` converts programs with free sizes (``dynamo=True``)."""


@dataclass(frozen=True)
class Model:
    """Trained network to export.

    Args:
        learner: Learner with its weights, in evaluation mode, on the CPU.
        facts: Facts about the network by name; values are text, mostly JSON.
        size: Only size of the images; None for any.
    """

    learner: Learner
    facts: Mapping[str, str]
    size: Size | None = None

    @cached_property
    def network(self) -> ExportedNetwork:
        """Network with its decoding."""
        return ExportedNetwork(self.learner)

    @cached_property
    def program(self) -> torch.export.ExportedProgram:
        """Program of the network, captured once for all formats."""
        return capture(self.network, self.size)


class Format(ABC):
    """Format of an exported network.

    Attributes:
        name: Name on the command line.
        file: Name of the file.
        packages: Packages that it needs.
        extra: Extra of mtlbench that installs them.
        title: Sentence in the model card before the example.
        imports: Imports of the example.
        usage: Lines of the example that compute ``outputs`` from ``images``.
    """

    name: str
    file: str
    title: str
    imports: str
    usage: str
    packages: tuple[str, ...] = ()
    extra: str = ''

    def require(self) -> None:
        """Check that everything needed is installed.

        Raises:
            MissingExtraError: Naming the first missing package.
        """
        for package in self.packages:
            if find_spec(package) is None:
                raise MissingExtraError(package, self.extra)

    @abstractmethod
    def write(self, model: Model, path: Path) -> None:
        """Write a model to a file."""

    @abstractmethod
    def open(self, path: Path) -> Run:
        """Return the function that the file holds: images (N, 3, H, W) uint8 to outputs by task."""


class Safetensors(Format):
    """Weights, with the config in the header."""

    name, file, packages, extra = 'safetensors', EXPORTED, ('safetensors',), 'safetensors'
    title = (
        f'`{EXPORTED}` contains the weights, and the config as JSON in its header. It works wherever mtlbench accepts '
        f'a checkpoint, such as `mtlbench predict {EXPORTED} image.jpg`:'
    )
    imports = 'import torch\nfrom mtlbench.export import load_network'
    usage = f"""\
network = load_network('{EXPORTED}')
outputs = network(torch.from_numpy(images))"""

    def write(self, model: Model, path: Path) -> None:
        """Write the weights without those of objectives, such as critics and teachers, which only train."""
        from safetensors.torch import save

        kept = {name: value for name, value in model.learner.state_dict().items() if not name.startswith('objectives.')}
        # Copies: the format has neither channels-last nor shared tensors.
        weights = {
            name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in kept.items()
        }
        path.write_bytes(save(weights, {'format': 'pt', **model.facts}))

    def open(self, path: Path) -> Run:
        """Build the network from the file alone."""
        return load_network(path)


class TorchExport(Format):
    """Program that torch runs without mtlbench."""

    name, file = 'torch-export', 'model.pt2'
    title = (
        '`model.pt2` is a program that torch runs without mtlbench. Unless its size is fixed, the sides of the images '
        'are at least twice the multiple above:'
    )
    imports = 'import torch'
    usage = """\
program = torch.export.load('model.pt2').module()
outputs = program(torch.from_numpy(images))"""

    def write(self, model: Model, path: Path) -> None:
        """Write the program, with the facts as an extra file."""
        program = model.program
        with exporting(self.name, 'use --format safetensors'):
            torch.export.save(program, path, extra_files={FACTS_FILE: json.dumps(dict(model.facts))})

    def open(self, path: Path) -> Run:
        """Load the program."""
        with exporting(self.name, 'use --format safetensors'):
            run: Any = torch.export.load(path).module()
        return run


class Onnx(Format):
    """Graph that ONNX Runtime and many other runtimes execute, made by ``torch.onnx.export(dynamo=True)``."""

    name, file, extra = 'onnx', 'model.onnx', 'onnx'
    packages = ('onnx', 'onnxscript', 'onnxruntime')
    title = '`model.onnx` runs in ONNX Runtime, without torch and mtlbench:'
    imports = 'import onnxruntime'
    usage = f"""\
session = onnxruntime.InferenceSession('model.onnx', providers=['CPUExecutionProvider'])
names = [one.name for one in session.get_outputs()]
outputs = dict(zip(names, session.run(names, {{'{INPUT}': images}})))"""

    def require(self) -> None:
        """Check the packages and the version of torch."""
        super().require()
        if tuple(map(int, torch.__version__.split('.')[:2])) < OLDEST_TORCH:
            raise ExportError(
                f'--format onnx needs torch {".".join(map(str, OLDEST_TORCH))} or newer, not {torch.__version__}; '
                'install it, or use --format torch-export'
            )

    def write(self, model: Model, path: Path) -> None:
        """Convert the program, and write the facts as the properties of the model."""
        program = model.program
        with exporting(self.name, 'use --format torch-export'):
            axes = {0: 'batch'} if model.size else {0: 'batch', 2: 'height', 3: 'width'}
            names: dict[str, Any] = dict(
                input_names=[INPUT], output_names=list(model.network.tasks), dynamic_shapes={INPUT: axes}
            )
            converted = torch.onnx.export(program, dynamo=True, verbose=False, **names)
            assert converted is not None
            converted.model.metadata_props.update(model.facts)
            converted.save(path)

    def open(self, path: Path) -> Run:
        """Load the graph into ONNX Runtime."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # fatal errors; others are raised
        options.intra_op_num_threads = torch.get_num_threads()
        with exporting(self.name, 'use --format torch-export'):
            session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        names = [one.name for one in session.get_outputs()]

        def run(images: Tensor) -> dict[str, Tensor]:
            outputs = session.run(names, {INPUT: images.numpy()})
            return {name: torch.from_numpy(values) for name, values in zip(names, outputs, strict=True)}

        return run


FORMATS: dict[str, Format] = {one.name: one for one in (Safetensors(), Onnx(), TorchExport())}


def load_network(checkpoint: str | Path) -> ExportedNetwork:
    """Return the network of a checkpoint, the folder of a run, or an exported ``.safetensors`` file.

    Raises:
        CheckpointError: When the file is missing or damaged, or does not say which config made it.
    """
    return ExportedNetwork(load_learner(RunRequest(config=None), str(checkpoint))[1])
