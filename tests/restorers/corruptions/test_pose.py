import numpy as np
import pytest

from restorers.corruptions.pose import TEMPLATE, Pose, Surface, pose_of


def test_the_template_looks_straight_ahead():
    pose = pose_of(TEMPLATE)
    assert abs(pose.roll) < 0.01
    assert abs(pose.yaw) < 0.03
    assert pose.scale == pytest.approx(float(TEMPLATE[1, 0] - TEMPLATE[0, 0]), rel=0.01)


@pytest.mark.parametrize("degrees", [-150, -30, 10, 80])
def test_roll_is_read_off_the_eyes(degrees: float):
    angle = np.deg2rad(degrees)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))], np.float32)
    pose = pose_of(((TEMPLATE - 0.5) @ turn.T + 0.5).astype(np.float32))
    assert np.rad2deg(pose.roll) == pytest.approx(degrees, abs=0.5)


def test_the_nose_points_where_the_face_looks():
    points = TEMPLATE.copy()
    points[2, 0] += 0.06
    assert pose_of(points).yaw > 0.25
    points[2, 0] -= 0.12
    assert pose_of(points).yaw < -0.25


@pytest.mark.parametrize("yaw", [-0.6, 0.0, 0.35])
def test_unproject_undoes_project(yaw: float):
    pose = Pose(centre=(0.48, 0.44), roll=0.2, scale=0.24, yaw=yaw, stretch=1.1, lean=0.03)
    surface = Surface(depth=0.3, bend=0.3, rise=0.2, low=-0.5, high=0.5)
    side = 256
    x, y, facing = pose.unproject(side, surface)
    for px, py in ((0.0, 0.0), (0.5, 0.4), (-0.6, -0.5), (0.3, 1.2)):
        depth = float(surface.middle(np.array([py], np.float32))[0]) - surface.bend * px * px
        u, v = pose.project(px, py, depth)
        column, row = int(u * side), int(v * side)
        assert facing[row, column] > 0.2
        assert x[row, column] == pytest.approx(px, abs=0.06)
        assert y[row, column] == pytest.approx(py, abs=0.06)


def test_impossible_points_give_a_possible_pose():
    for points in (np.zeros((5, 2), np.float32), TEMPLATE[::-1].copy(), TEMPLATE * 1e6):
        pose = pose_of(points)
        assert np.isfinite([*pose.centre, pose.roll, pose.scale, pose.yaw, pose.stretch, pose.lean]).all()
        assert pose.scale > 0
        assert 0.5 < pose.stretch < 1.5
