"""Examples in the model card, which run in the folder of the exported files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtlbench.export.formats import Format
from mtlbench.export.network import USUAL_SIDE

READ = """\
import numpy as np
{imports}
from PIL import Image

# {what}
image = Image.open('image.jpg').convert('RGB').resize(({width}, {height}))
images = np.asarray(image).transpose(2, 0, 1)[None].copy()  # (1, 3, {height}, {width}) uint8
{run}
for name, values in outputs.items():
    print(name, values.dtype, tuple(values.shape))
"""


def snippet(kind: Format, signature: Mapping[str, Any], resolution: Sequence[int] | None) -> str:
    """Return the part of the card that shows how to use a file.

    Args:
        kind: Format of the file.
        signature: Description of the input and the outputs.
        resolution: Height and width of the evaluation images; None if not known.
    """
    multiple = signature['size_multiple']
    height, width = signature['size'] or [_fitted(side, multiple) for side in resolution or [USUAL_SIDE] * 2]
    what = 'Width and height, multiples of ' + str(multiple) if not signature['size'] else 'Width and height'
    code = READ.format(imports=kind.imports, run=kind.usage, what=what, width=width, height=height)
    return f'{kind.title}\n\n```python\n{code}```'


def _fitted(side: int, multiple: int) -> int:
    return max(round(side / multiple), 1) * multiple
