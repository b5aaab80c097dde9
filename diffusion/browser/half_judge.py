"""The judge as it goes to a browser: its layers and one matrix of readings, as float16 in one safetensors file."""

import json

from safetensors.torch import save
from torch import Tensor

from diffusion.browser.half_weights import halved
from diffusion.evaluation.judge import Judge


def judge_file(judge: Judge, categories: tuple[str, ...]) -> bytes:
    """The file for a browser of a judge in eval mode that knows `categories`; InputError if a weight is no float16."""
    state = {f"layers.{name}": weights for name, weights in judge.layers.state_dict().items()}
    weight, bias = _readings(judge)
    halves = halved(state | {"readings.weight": weight, "readings.bias": bias})
    return save(halves, metadata={"model": json.dumps({"network": "judge", "categories": categories})})


def _readings(judge: Judge) -> tuple[Tensor, Tensor]:
    """From what is gathered to the categories: three layers of sums, which come to one, in float64."""
    linear, normed = judge.gather
    scale = (normed.running_var.double() + normed.eps).rsqrt()
    category = judge.category.weight.double() * scale
    bias = judge.category.bias.double() + category @ (linear.bias.double() - normed.running_mean.double())
    return (category @ linear.weight.double()).detach(), bias.detach()
