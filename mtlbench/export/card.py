"""Model card of an exported network: ``README.md`` in the layout of public model hubs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from mtlbench.errors import ConfigError
from mtlbench.export.agreement import TOLERANCE, Agreement
from mtlbench.export.facts import CLASS_SETS, RESULTS, SIGNATURE, VERSIONS
from mtlbench.export.formats import Format
from mtlbench.export.snippets import snippet
from mtlbench.records.pretrained import pretrained_weights
from mtlbench.utils.printable import printable
from mtlbench.utils.tensor_files import COUNTS, RUN

UNKNOWN = 'unknown'
FILL_IN = 'Not stated. **Fill in the field `license` above and this section before you share the weights.**'


def require_license(text: str) -> str:
    """Return the identifier of a license.

    Raises:
        ConfigError: When it is none, such as ``apache-2.0``.
    """
    if not re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9.+-]{0,63}', text):
        raise ConfigError(
            f"--license is {text!r:.80}, expected an identifier such as apache-2.0, cc-by-nc-4.0 or 'other'"
        )
    return text.lower()


class Card:
    """Model card.

    Args:
        facts: Facts about the network, see :func:`mtlbench.export.facts.facts_of`.
        license_id: Identifier of the license of the weights.
        formats: Formats of the files beside the card.
        agreements: Agreement of the files with the network.
    """

    def __init__(
        self, facts: Mapping[str, str], license_id: str, formats: Sequence[Format], agreements: Sequence[Agreement]
    ) -> None:
        run = json.loads(facts[RUN])
        self.name, self.config = run['name'], run['config']
        self.counts = {key: facts[key] for key in COUNTS if key in facts}
        self.signature = json.loads(facts[SIGNATURE])
        self.class_sets = json.loads(facts[CLASS_SETS])
        self.versions = json.loads(facts[VERSIONS])
        self.results = json.loads(facts.get(RESULTS, '{}'))
        self.license, self.formats, self.agreements = license_id, formats, agreements

    def __str__(self) -> str:
        front = yaml.safe_dump(self._front_matter(), sort_keys=False, allow_unicode=True)
        sections = (
            ('Model', self._model()),
            ('Input and outputs', self._signature()),
            ('Use', self._use()),
            ('Data', self._data()),
            ('Metrics', self._metrics()),
            ('Agreement of the files with the network', self._agreement()),
            ('License', self._license()),
        )
        body = '\n'.join(f'## {title}\n\n{text}\n' for title, text in sections)
        return f'---\n{front}---\n\n# {self._title}\n\n{self._summary()}\n\n{body}'

    @property
    def _title(self) -> str:
        return f'{_cell(self.config.get("method", "Network"))}: {_cell(self.name)}'

    @property
    def _tasks(self) -> list[str]:
        return [one['name'] for one in self.signature['outputs']]

    def _front_matter(self) -> dict[str, Any]:
        datasets = sorted({str(one.get('dataset')) for one in self._fingerprints().values()})
        return {
            'license': self.license,
            'library_name': 'mtlbench',
            'tags': ['multi-task-learning', 'dense-prediction', *self._tasks],
            **({'datasets': datasets} if datasets else {}),
            **({'metrics': [metric for _, metric in self._of_record()]} if self._of_record() else {}),
            **self._model_index(),
        }

    def _model_index(self) -> dict[str, Any]:
        values = {key: self._metric(*key) for key in self._of_record()}
        evaluated = str(self._fingerprints().get('val', {}).get('dataset', UNKNOWN))
        results = [
            {
                'task': {'type': task},
                'dataset': {'type': evaluated, 'name': evaluated},
                'metrics': [{'type': metric, 'value': value}],
            }
            for (task, metric), value in values.items()
            if value is not None
        ]
        return {'model-index': [{'name': self.name, 'results': results}]} if results else {}

    def _summary(self) -> str:
        size = self.signature['size']
        sides = (
            f'{size[0]}x{size[1]} (height x width)' if size else f'any multiple of {self.signature["size_multiple"]}'
        )
        return (
            f'One network that predicts {_listed(self._tasks)} from an RGB image. Image sides: {sides}. Trained and '
            'exported with mtlbench.'
        )

    def _model(self) -> str:
        recorded = self.results.get('versions') or {}
        features = ', '.join(self.results.get('pretrained') or pretrained_weights(self.config)) or 'random weights'
        rows = {
            'config': self.name,
            **{key: self.config.get(key) for key in ('method', 'profile', 'recipe')},
            'seed': self.counts.get('seed'),
            'updates': self.counts.get('iter'),
            'parameters': self.results.get('parameters'),
            'features start from': features,
            'trained with': _packages(recorded, self.results.get('git_commit')) if recorded else None,
            'finished': self.results.get('created'),
            'exported with': _packages(self.versions, self.versions.get('git_commit')),
        }
        return _table(('', ''), [(key, value) for key, value in rows.items() if value not in (None, '')])

    def _signature(self) -> str:
        given = self.signature['input']
        inputs = [(f'`{given["name"]}`', given['type'], _shape(given['shape']), given['meaning'])]
        outputs = [
            (f'`{one["name"]}`', one['type'], _shape(one['shape']), one['meaning']) for one in self.signature['outputs']
        ]
        text = _table(('name', 'type', 'shape', 'meaning'), [*inputs, *outputs])
        notes = [
            'Do not scale or normalize the images: the network does. Height and width must be '
            + ('as above.' if self.signature['size'] else f'multiples of {self.signature["size_multiple"]}.')
        ]
        classes = [self._classes(task, one) for task, one in self.class_sets.items()]
        return '\n\n'.join([text, *notes, *classes])

    @staticmethod
    def _classes(task: str, classes: Mapping[str, Any]) -> str:
        named = zip(classes['classes'], classes['palette'], strict=True)
        rows = [(number, name, f'`{tuple(color)}`') for number, (name, color) in enumerate(named)]
        return f'Ids of `{task}` (class set `{_cell(classes["name"])}`):\n\n' + _table(
            ('id', 'class', 'RGB color'), rows
        )

    def _use(self) -> str:
        return '\n\n'.join(snippet(one, self.signature, self.results.get('resolution')) for one in self.formats)

    def _data(self) -> str:
        rows = [
            (stream, one.get('dataset'), _origin(one), one.get('samples'), str(one.get('split_digest', ''))[:12])
            for stream, one in self._fingerprints().items()
        ]
        if not rows:
            return 'Not recorded: no result record belongs to these weights. Describe the training data here.'
        return _table(('stream', 'dataset', 'images', 'samples', 'digest of the split'), rows)

    def _metrics(self) -> str:
        chosen = {f'{task}/{metric}' for task, metric in self._of_record()}
        rows = [
            (name, 'undefined' if value is None else f'{value:.4f}', 'yes' if name in chosen else '')
            for name, value in (self.results.get('metrics') or {}).items()
        ]
        if not rows:
            return 'Not recorded: no result record belongs to these weights. Evaluate them with `mtlbench test`.'
        size = 'x'.join(map(str, self.results.get('resolution', ())))
        text = f'Evaluated on images of {size} (height x width). Shares are in 0..1; other units are in the names.'
        return f'{text}\n\n' + _table(('metric', 'value', 'metric of record'), rows)

    def _agreement(self) -> str:
        files = {one.name: one.file for one in self.formats}
        rows = [
            (
                files[one.format],
                one.task,
                '' if one.largest is None else f'{one.largest:.3g}',
                f'{100 * one.share:.3g} %',
            )
            for one in self.agreements
        ]
        text = (
            'Each file was run on random images and compared with the network in torch. A number differs if it is off '
            f'by more than {TOLERANCE} * (1 + its magnitude); an id, if it is not equal.'
        )
        return f'{text}\n\n' + _table(('file', 'output', 'largest difference', 'differing'), rows)

    def _license(self) -> str:
        own = FILL_IN if self.license == UNKNOWN else f'`{self.license}`'
        kinds = {_cell(one.get('dataset')): _origin(one) for one in self._fingerprints().values()}
        known = _listed([f'{name} ({origin} images)' for name, origin in kinds.items()]) or 'not recorded'
        features = ', '.join(self.results.get('pretrained') or pretrained_weights(self.config))
        return (
            f'- Weights: {own}\n'
            f'- Data: {known}. The terms of a dataset can restrict the use of weights that were trained on it: read '
            'them, and state them here.\n'
            f'- Pretrained features: {features or "none"}.' + (' Their terms apply too.' if features else '')
        )

    def _fingerprints(self) -> dict[str, Mapping[str, Any]]:
        return dict(self.results.get('data') or {})

    def _of_record(self) -> list[tuple[str, str]]:
        return list((self.results.get('metrics_of_record') or {}).items())

    def _metric(self, task: str, metric: str) -> float | None:
        value = (self.results.get('metrics') or {}).get(f'{task}/{metric}')
        return value if isinstance(value, int | float) and math.isfinite(value) else None


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(map(_cell, line)) + ' |' for line in lines)


def _cell(value: Any) -> str:
    return printable(str(value)).replace('|', '\\|').replace('\n', ' ')


def _listed(names: Sequence[str]) -> str:
    return ' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))


def _shape(shape: Sequence[Any]) -> str:
    return f'({", ".join(map(str, shape))})'


def _origin(fingerprint: Mapping[str, Any]) -> str:
    return 'rendered' if fingerprint.get('rendered') else 'real'


def _packages(found: Mapping[str, Any], commit: Any) -> str:
    named = ', '.join(f'{name} {found[name]}' for name in ('mtlbench', 'torch', 'python') if name in found)
    return f'{named}, commit {commit}' if commit else named
