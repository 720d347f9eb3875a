"""The drawn data set with all the landmarks that `prepare` writes, for what learns the parts of a face."""

import json
from pathlib import Path

import numpy as np

from restorers.training.mesh_frame import GROUPS, MESH_INDEX
from tests import drawn_dataset

SIZES = {"eye": (0.07, 0.03), "brow": (0.09, 0.015), "iris": (0.015, 0.015)}
"""Half width and half height, fractions of the side."""


def write(folder: Path, per_kind: int = 6, side: int = 64) -> Path:
    """As `drawn_dataset.write`, every face with its mesh."""
    drawn_dataset.write(folder, per_kind, side)
    with np.load(folder / "landmarks.npz") as file:
        names, five = file["names"], file["points"][:, :5].astype(np.float64)
    points = np.stack([mesh(face) for face in five]).astype(np.float16)
    np.savez(folder / "landmarks.npz", names=names, points=points, mesh_index=np.array(MESH_INDEX, np.int16))
    (folder / "landmark_groups.json").write_text(json.dumps(GROUPS))
    return folder


def mesh(five: np.ndarray) -> np.ndarray:
    """(162, 2) from five points: every part's polygon as an ellipse round its place."""
    right, left, nose, *mouth = five
    middle = np.mean(mouth, 0)
    places = {"face_oval": ((0.5, 0.5), (0.38, 0.48)), "nose": (nose, (0.06, 0.05)), "nose_ridge": (nose, (0.01, 0.01))}
    # left and right are the subject's
    for side, eye in (("right", right), ("left", left)):
        for part, size in SIZES.items():
            places[f"{side}_{part}"] = (eye - (0, 0.09 if part == "brow" else 0), size)
    places |= {"lips_outer": (middle, (0.12, 0.06)), "lips_inner": (middle, (0.07, 0.02))}
    points = np.zeros((len(MESH_INDEX), 2))
    for name, (centre, size) in places.items():
        angles = np.linspace(0, 2 * np.pi, len(GROUPS[name]), endpoint=False)
        for vertex, angle in zip(GROUPS[name], angles, strict=True):
            points[MESH_INDEX.index(vertex)] = np.asarray(centre) + np.asarray(size) * (np.cos(angle), np.sin(angle))
    for vertex, point in zip(GROUPS["five_points"], five, strict=True):
        points[MESH_INDEX.index(vertex)] = point
    return points
