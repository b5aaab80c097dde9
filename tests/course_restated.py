"""The course's network a second time, in plain functions: what the tests hold the project's own against."""

import torch
from torch.nn import functional as F

from diffusion.networks.course_unet import ContextUnet


def trained_state(**sizes):
    """A state_dict with the statistics of a network in use, not those of a fresh one."""
    torch.manual_seed(0)
    net = ContextUnet(**sizes)
    state = net.state_dict()
    for key, value in state.items():
        if key.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif key.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    return state


def restated(s, x, t, c, shortcut=None):
    """The forward pass again, from the description of the course and nothing else: functions on a state_dict.

    shortcut: weight and bias of the 1x1 convolution beside the first block; none means zero.
    """

    def conv_norm_gelu(name, x):
        x = F.conv2d(x, s[f"{name}.0.weight"], s[f"{name}.0.bias"], padding=1)
        mean, var = s[f"{name}.1.running_mean"], s[f"{name}.1.running_var"]
        x = (x - mean[:, None, None]) / (var[:, None, None] + 1e-5).sqrt()
        return F.gelu(x * s[f"{name}.1.weight"][:, None, None] + s[f"{name}.1.bias"][:, None, None])

    def block(name, x):
        return conv_norm_gelu(f"{name}.conv2", conv_norm_gelu(f"{name}.conv1", x))

    def embed(name, v):
        v = F.gelu(F.linear(v, s[f"{name}.model.0.weight"], s[f"{name}.model.0.bias"]))
        return F.linear(v, s[f"{name}.model.2.weight"], s[f"{name}.model.2.bias"])[:, :, None, None]

    def up(name, x, skip):
        x = F.conv_transpose2d(torch.cat([x, skip], 1), s[f"{name}.model.0.weight"], s[f"{name}.model.0.bias"], 2)
        return block(f"{name}.model.2", block(f"{name}.model.1", x))

    def down(name, x):
        return F.max_pool2d(block(f"{name}.model.1", block(f"{name}.model.0", x)), 2)

    x0 = (block("init_conv", x) + (F.conv2d(x, *shortcut) if shortcut else 0)) / 1.414
    d1 = down("down1", x0)
    d2 = down("down2", d1)
    size = d2.shape[2]
    u = F.conv_transpose2d(F.gelu(F.avg_pool2d(d2, size)), s["up0.0.weight"], s["up0.0.bias"], size)
    u = F.relu(F.group_norm(u, 8, s["up0.1.weight"], s["up0.1.bias"]))
    u = up("up1", embed("contextembed1", c) * u + embed("timeembed1", t[:, None]), d2)
    u = up("up2", embed("contextembed2", c) * u + embed("timeembed2", t[:, None]), d1)
    u = F.conv2d(torch.cat([u, x0], 1), s["out.0.weight"], s["out.0.bias"], padding=1)
    u = F.relu(F.group_norm(u, 8, s["out.1.weight"], s["out.1.bias"]))
    return F.conv2d(u, s["out.3.weight"], s["out.3.bias"], padding=1)
