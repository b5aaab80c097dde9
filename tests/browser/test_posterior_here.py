"""The posterior that the browser works out, against that of diffusion/posterior.py."""

import pytest
import torch
from plain_page import plain_server

from diffusion.posterior import Posterior
from diffusion.schedule import Schedule

WORKED_OUT = """async ([points, x, t]) => {
    const load = (name) => import(`/code/${name}.js`), [{ Posterior }, { Schedule }] = (
        await Promise.all(["posterior", "schedule"].map(load)));
    const known = new Posterior(Schedule.of({ schedule: "cosine", schedule_options: {} }), points);
    return ["probabilities", "expectedX0", "eps"].map((of) => x.map((x) => known[of](x, t)));
}"""
REFUSED = """async () => {
    const { Posterior } = await import("/code/posterior.js");
    try { new Posterior(null, []); } catch (error) { return error.message; }
}"""


@pytest.fixture(scope="module")
def plain(new_page):
    with plain_server({}) as url:
        page = new_page(url)
        page.goto(url)
        yield page
        page.close()


@pytest.mark.parametrize("t", [1, 20, 250, 499, 500])
@pytest.mark.parametrize(("n", "dim"), [(1, 2), (5, 2), (12, 2), (7, 48)])
def test_the_posterior_is_that_of_the_package(plain, n, dim, t):
    generator, schedule = torch.Generator().manual_seed(n), Schedule.cosine()
    points, eps = (2 * torch.randn(n, dim, generator=generator, dtype=torch.float64) for _ in range(2))
    x = schedule.signal(t) * points + schedule.noise(t) * eps
    theirs = Posterior(schedule, points)
    expected = theirs.probabilities(x, t), theirs.expected_x0(x, t), theirs(x, t)
    for ours, wanted in zip(plain.evaluate(WORKED_OUT, [points.tolist(), x.tolist(), t]), expected, strict=True):
        torch.testing.assert_close(torch.tensor(ours, dtype=torch.float64), wanted, rtol=0, atol=1e-9)


def test_no_points_are_refused(plain):
    assert plain.evaluate(REFUSED) == "a posterior needs at least one point"
