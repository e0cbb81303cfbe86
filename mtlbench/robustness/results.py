"""Results of one checkpoint on one dataset, in a file that grows pass by pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mtlbench.errors import ConfigError, DataError
from mtlbench.tasks import Task
from mtlbench.utils.json_files import encode_json, read_json, with_nan
from mtlbench.utils.output import write_whole

SCHEMA = 1
RESULTS_FILE = 'robustness.json'
Scores = Mapping[str, float]


@dataclass(frozen=True)
class Strength:
    """Results at one perturbation strength.

    Args:
        strength: Requested strength.
        measured: Measured size, see :meth:`mtlbench.robustness.tally.Tally.measured`.
        scores: Scores by ``<task>/<metric>``.
    """

    strength: float
    measured: Mapping[str, float | None]
    scores: Scores


@dataclass(frozen=True)
class Curve:
    """Results of one perturbation at all measured strengths.

    Args:
        perturbation: Name of the perturbation, such as ``fgsm``.
        settings: Config of the perturbation, and the seed.
        attacked: Attacked task; None for perturbations that are no attacks.
        unit: Unit of the strength.
        is_measured: Whether the horizontal axis is the measured root mean square instead of the strength.
        points: Results by increasing strength.
    """

    perturbation: str
    settings: Mapping[str, Any]
    attacked: str | None
    unit: str
    is_measured: bool
    points: Sequence[Strength] = ()

    @property
    def title(self) -> str:
        """Title, such as ``fgsm on semseg``."""
        return f'{self.perturbation} on {self.attacked}' if self.attacked else self.perturbation

    def at(self, point: Strength) -> float:
        """Return the horizontal coordinate of a point."""
        measured = point.measured['rms_gray'] if self.is_measured else None
        return point.strength if measured is None else measured

    def with_points(self, points: Iterable[Strength]) -> Curve:
        """Return the curve with additional points."""
        merged = {point.strength: point for point in (*self.points, *points)}
        return replace(self, points=[merged[strength] for strength in sorted(merged)])

    def same_as(self, other: Curve) -> bool:
        """Return whether the points of both curves belong together."""
        return replace(self, points=()) == replace(other, points=())


@dataclass
class Results:
    """All curves of one checkpoint on one dataset.

    Args:
        path: File of the results.
        subject: Identity of the measurement: config, profile, recipe, digests of checkpoint, network and data.
        tasks: Tasks of the network by name.
        where: ``'@<dataset>'`` if the dataset is not the config's, ``'@<dataset>_<split>'`` for another split.
        clean: Scores without perturbation; empty if not measured yet.
        curves: Curves measured so far.
    """

    path: Path
    subject: Mapping[str, Any]
    tasks: Mapping[str, Task]
    where: str = ''
    clean: Scores = field(default_factory=dict)
    curves: list[Curve] = field(default_factory=list)

    def read(self) -> Results:
        """Load the file, if it exists.

        Raises:
            ConfigError: When it belongs to another subject.
            DataError: When it is damaged.
        """
        if not self.path.exists():
            return self
        try:
            kept = read_json(self.path)
            self.curves = [_curve(row) for row in kept['curves']]
            found, self.clean = dict(kept['subject']), _scores(kept['clean'])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f'{self.path} cannot be read: {error!r}; delete it and measure again') from error
        if found != self.subject:
            keys = {**found, **self.subject}
            changed = ', '.join(key for key in keys if found.get(key) != self.subject.get(key))
            raise ConfigError(f'{self.path} belongs to another {changed}; set another folder with --out, or delete it')
        return self

    def find(self, wanted: Curve) -> Curve:
        """Return the known curve of the same settings, or the wanted curve without points."""
        return next((curve for curve in self.curves if curve.same_as(wanted)), wanted)

    def keep(self, curve: Curve) -> None:
        """Replace the curve of the same name, or append it, and write the file."""
        same = [(old.perturbation, old.attacked) == (curve.perturbation, curve.attacked) for old in self.curves]
        if any(same):
            self.curves[same.index(True)] = curve
        else:
            self.curves.append(curve)
        self.write()

    def kept_share(self, scores: Scores) -> dict[str, float]:
        """Return the ratio Q of each task, the retained fraction of the clean quality (robust, equation 10).

        Q is perturbed over clean score of the metric of record, and clean over perturbed for errors. 1 means no loss.
        """
        shares = {}
        for name, task in self.tasks.items():
            metric = f'{name}/{task.metric_of_record}'
            if metric in scores:
                higher = task.higher_is_better[task.metric_of_record]
                over, under = (scores, self.clean) if higher else (self.clean, scores)
                shares[name] = over[metric] / under[metric] if under[metric] else math.nan
        return shares

    def measures(self) -> dict[str, tuple[float, bool]]:
        """Return the measures of the leaderboard as ``{name: (value, higher is better)}``.

        Q is named as in ``semseg/q_fgsm_0p25``; attacks have only that of the attacked task. On another dataset every
        name ends with it, as in ``semseg/q_fgsm_0p25@kitti_stereo_robust``, and all clean scores are included.
        """
        found = {}
        if self.where:
            for task, metric in (name.split('/') for name in self.clean):
                found[f'{task}/{metric}'] = (self.clean[f'{task}/{metric}'], self.tasks[task].higher_is_better[metric])
        for curve in self.curves:
            for point in curve.points:
                shares = self.kept_share(point.scores)
                for task in [curve.attacked] if curve.attacked else list(shares):
                    name = f'{task}/q_{curve.perturbation}_{point.strength:g}'.replace('.', 'p')
                    found[name] = (shares[task], True)
        return {f'{name}{self.where}': figure for name, figure in found.items()}

    def write(self) -> None:
        """Write the file atomically."""
        content = {
            'schema': SCHEMA,
            'subject': self.subject,
            'clean': self.clean,
            'metrics': {name: value for name, (value, _) in self.measures().items()},
            'higher_is_better': {name: higher for name, (_, higher) in self.measures().items()},
            'curves': [asdict(curve) for curve in self.curves],
        }
        write_whole(self.path, encode_json(content, indent=1).encode())


def _curve(row: dict[str, Any]) -> Curve:
    points = [Strength(**{**point, 'scores': _scores(point['scores'])}) for point in row['points']]
    _require_numbers({'strength': point.strength} for point in points)
    return Curve(**{**row, 'points': points})


def _scores(values: Mapping[str, float]) -> dict[str, float]:
    scores = with_nan(values)
    _require_numbers([scores])
    return scores


def _require_numbers(groups: Iterable[Mapping[str, Any]]) -> None:
    for values in groups:
        if not all(isinstance(value, (int, float)) for value in values.values()):
            raise ValueError(f'{dict(values)!r:.80} are no scores')
