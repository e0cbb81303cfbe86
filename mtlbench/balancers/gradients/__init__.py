"""Balancers that compare the gradients of the tasks."""

from mtlbench.balancers.gradients.aligned_mtl import AlignedMTL
from mtlbench.balancers.gradients.cagrad import CAGrad
from mtlbench.balancers.gradients.fairness import FairGrad, NashMTL
from mtlbench.balancers.gradients.graddrop import GradDrop
from mtlbench.balancers.gradients.gradvac import GradVac
from mtlbench.balancers.gradients.imtl import IMTL, IMTLG
from mtlbench.balancers.gradients.mgda import MGDA
from mtlbench.balancers.gradients.pcgrad import PCGrad
from mtlbench.balancers.gradients.upgrad import UPGrad

__all__ = [
    'IMTL',
    'IMTLG',
    'MGDA',
    'AlignedMTL',
    'CAGrad',
    'FairGrad',
    'GradDrop',
    'GradVac',
    'NashMTL',
    'PCGrad',
    'UPGrad',
]
