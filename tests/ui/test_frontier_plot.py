"""What the plot of the frontier shows of the models that ship."""

import json

from diffusion.serving.engine import Engine
from diffusion.serving.reference import Reference
from diffusion.ui.components.frontier_plot.frontier_plot import frontier_value


def test_the_students_that_ship_are_points_of_their_own():
    shown = json.loads(frontier_value(Engine(device="cpu"), Reference()))
    students = {point["steps"]: point for point in shown["points"] if point["kind"] == "student"}
    assert students.keys() == {1, 2, 4} and not shown["notice"]
    assert all(point["calls"] == steps for steps, point in students.items())
