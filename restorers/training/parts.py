"""The true parts of a face, which JSFM-GAN's parser is taught: drawn from the landmarks of a data set."""

from typing import Final

from torch import Tensor

from restorers.contract import Problem
from restorers.networks.parsing import MeshLabels
from restorers.training.mesh_frame import GROUPS, MESH_INDEX

COUNT: Final = len(MESH_INDEX)
"""Landmarks of a face that `prepare` has written."""


class MeshParts(MeshLabels):
    """`MeshLabels` of the columns that `prepare` writes, which are those of every data set here."""

    def __init__(self) -> None:
        super().__init__(GROUPS, MESH_INDEX)

    def __call__(self, points: Tensor, side: int) -> Tensor:
        """Draw labels as `MeshLabels` does.

        Raises:
            Problem: if the faces have other landmarks.
        """
        if points.shape[1] != COUNT:
            raise Problem(
                f"expected faces with {COUNT} mesh landmarks to learn their parts from, got {points.shape[1]};"
                " make the data set again with: python -m restorers.training prepare"
            )
        return super().__call__(points, side)
