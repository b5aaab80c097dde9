"""The page that the package opens with: its code runs as it stands there, and what it shows is true."""

import contextlib
import io
import re

import pytest
import torch

import diffusion


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """All names after the code of the page was run, and what it printed."""
    lines = diffusion.__doc__.splitlines()
    code = "\n".join(re.sub(r"^    ", "", line) for line in lines if line.startswith("    ") or not line)
    names = {name: getattr(diffusion, name) for name in diffusion.__all__}
    names |= {"folder": tmp_path_factory.mktemp("shown")}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    return names | {"printed": printed.getvalue()}


def test_every_line_that_the_page_shows_runs(shown):
    assert shown["images"].shape == (4, 16, 16, 3)
    assert len(shown["printed"].splitlines()) == 25 + 2
    mine = diffusion.load_checkpoint("mine", shown["folder"])
    assert mine.categories == ("hero", "non-hero", "food", "spell", "side-facing")


def test_a_denoiser_of_gaussian_sprites_gives_gaussian_sprites(shown):
    """With x0 ~ N(0, I) every x_t is N(0, I), and so is where the run ends."""
    assert abs(float(shown["last"].x_next.std()) - 1) < 0.1


def test_the_exact_answer_ends_at_sprites_of_its_set(shown):
    ends = shown["step"].state.model   # the last loop of the page is the training
    assert ends.categories == shown["model"].categories
    x0 = [step.x_next for step in diffusion.sample(
        shown["by_heart"], shown["schedule"], shown["noise"](), shown["schedule"].timesteps(25),
        diffusion.SAMPLERS["ddim"].rule(),
    )][-1]   # fmt: skip
    assert torch.cdist(x0.flatten(1), shown["sprites"].flatten(1)).min(1).values.max() < 1
