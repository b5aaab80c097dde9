"""Networks of other sizes than those that ship, in which every weight matters."""

import torch

from diffusion.denoiser import ModelConfig

ODD = {   # of other sizes: widths that are no multiple of what a kernel takes at once, groups across the joined maps
    "w20-g5": ("velocity", 3, {"width": 20, "groups": 5}),
    "w12-p1": ("v", 0, {"width": 12, "patch": 1, "groups": 4}),
    "w24-p4": ("noise", 7, {"width": 24, "patch": 4, "groups": 3}),
    "w16-x0": ("velocity", 2, {"width": 16, "from_x0": 1}),
    "w8-l3": ("velocity", 4, {"width": 8, "patch": 1, "groups": 1, "from_x0": 1, "levels": 3}),
    "w12-p2-l3": ("noise", 0, {"width": 12, "groups": 4, "levels": 3}),
    "w8": ("noise-as-taught", 1, {"width": 8, "groups": 1}),
}


def random_model(prediction, n_categories, options):
    """A network in which every weight matters: as drawn, its last convolution would be zero."""
    categories = tuple(f"category {k}" for k in range(n_categories))
    model = ModelConfig("sprite", prediction, categories, network_options=options, guidance=1.5).build()
    generator = torch.Generator().manual_seed(1)
    for weights in model.net.parameters():
        spread = 1 / max(1, weights[0].numel()) ** 0.5 if weights.ndim > 1 else 0.3
        weights.data = torch.randn(weights.shape, generator=generator) * spread
    return model
