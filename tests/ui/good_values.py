"""What a page would send to each input of the app: cheap runs of tiny models."""

import base64
import json
from pathlib import Path
from typing import Any

import torch
from course_restated import trained_state
from raw_http import Endpoint, Input, RawApp, ServerFunction

from diffusion.sprites.spriteset import SpriteSet

MODELS = ["tiny", "tiny-1"]
CONFIG = {"sampler": "ddim", "steps": 2, "n": 2, "guidance": 1.0, "seed": 0}
RECIPE = {"checkpoint": "tiny", "config": CONFIG, "weights": [["hero", 1.0]], "path": None}
ONE_SPRITE = RECIPE | {"config": CONFIG | {"n": 1}}
WHITE = {"kind": "change", "drawing": base64.b64encode(bytes([255]) * 768).decode(), "noise_share": 0.5}
LANES = [{"runner": "ddpm", "steps": 2, "eta": 0.0}, {"runner": "ddim", "steps": 2, "eta": 0.0}]
ASK = {
    "checkpoint": "tiny", "weights": [1, 0, 0.5, 0, 0], "wide": False, "mixing": "vector", "guidance": 1, "seed": 0,
    "origins": [[0, k] for k in range(16)],
}   # fmt: skip
DRAWING = {"pixels": base64.b64encode(bytes(range(256)) * 3).decode(), "t": 150, "seed": 1, "schedule": "linear"}
EDIT = ASK | {
    "kind": "finish", "drawing": DRAWING["pixels"], "kept": base64.b64encode(bytes(128) + bytes([1] * 128)).decode(),
    "resampling": 2, "origins": [[0, k] for k in range(4)],
}   # fmt: skip
SHOWN = {"checkpoint": "tiny", "sampler": "ddim", "steps": 2, "n": 2, "minutes": 0.1, "batch": 1}
NAMED = SHOWN | {
    "weights": {"hero": 1.0}, "lanes": LANES, "sprite": "Bob", "t": 200, "block": "up 1", "Model": "tiny", "Steps": 2,
    "Number of sprites": 2, "Minutes of training": 0.1, "Steps (0: by minutes)": 1, "Batch: sprites in each step": 1,
    "race-steps-1": 2, "race-steps-2": 2, "race-steps-3": 2, "race-steps-4": 2, "unet": "up 1", "favourites": "0",
    "favourite-sprites": [ONE_SPRITE, ONE_SPRITE | {"edit": WHITE}], "mix-view": json.dumps({"ask": ASK, "chosen": 0}),
    "edit-view": json.dumps({"ask": EDIT, "chosen": 0}), "edit-favourites": "1", "pixel-editor": DRAWING["pixels"],
    "drawing": DRAWING["pixels"], "dissolve": json.dumps(DRAWING), "Checkpoint": "tiny", "Sampler": "ddim",
    "New learning rate": 0.001,
}   # fmt: skip
NOISED = json.dumps(DRAWING | {"checkpoint": "tiny"})
ASKED = {"states": NOISED, "think": NOISED, "guess": NOISED, "draw": ASK, "refine": ASK}


class GoodValues:
    """Good values for the inputs of an app; those it does not know, it takes from a fresh page."""

    def __init__(self, app: RawApp, folder: Path, sprites: SpriteSet) -> None:
        sprites.save(folder / "mine.npz")
        torch.save(trained_state(n_feat=8), folder / "model.pth")
        made = (("mix.png", "mix-view", ASK), ("edit.png", "edit-view", EDIT), ("run.png", "sample-player", RECIPE))
        for file, owner, asked in made:
            picture = app.ask(app.server_function(owner, "png"), asked, "good").value
            (folder / file).write_bytes(base64.b64decode(picture))
        race = app.endpoint("race")
        self.race = json.loads(app.call(race, [NAMED.get(one.name, one.value) for one in race.inputs], "good").value[0])
        named = {"saved-mix": "mix.png", "saved-edit": "edit.png", "saved-picture": "run.png"}
        named |= {"Model file": "model.pth", "file": "model.pth"}
        self.named = NAMED | {name: app.upload(folder / file) for name, file in named.items()}
        self.named["Your sprites"] = self.named["files"] = [app.upload(folder / "mine.npz")]

    def of(self, endpoint: Endpoint) -> list[Any]:
        """The values that a page would send."""
        return [self.of_input(one) for one in endpoint.inputs]

    def of_input(self, one: Input) -> Any:
        """The value of one input."""
        return self.named.get(one.name, one.value)

    def asked(self, function: ServerFunction) -> Any:
        """What the JavaScript of a page would ask a server function."""
        if function.owner == "edit-view":
            return EDIT
        if function.name in ASKED:
            return ASKED[function.name]
        if function.owner == "mix-view":
            return ASK
        return self.race["recipe"] if function.owner == "race-player" else RECIPE

    def remember(self, name: str, value: Any) -> None:
        """Take a value that the app gave as the good one from now on."""
        self.named[name] = value
