"""What the player shows of a training: the sprites that it made from the same noise, as it learnt."""

from collections.abc import Sequence

import numpy as np

from diffusion.serving.jobs.previews import COLUMNS, ROWS, Preview
from diffusion.serving.jobs.recorded_training import RecordedTraining
from diffusion.serving.wire_formats import frames_payload
from diffusion.sprites.spriteset import SIZE
from diffusion.ui.components.player.player import pack
from diffusion.ui.words import trainings

FRAMES = 40   # at most
BLANK = 128   # grey


def so_far(previews: Sequence[Preview]) -> str:
    """The sprites so far as one scrubbable series, the newest showing, beside what the untrained network made."""
    if not previews:
        return not_yet()
    pick = np.unique(np.linspace(0, len(previews) - 1, FRAMES).round().astype(int))
    return _side_by_side([previews[i] for i in pick], trainings.BY_NOW)


def recorded(training: RecordedTraining) -> str:
    """The same of a recorded training, which plays once."""
    return _side_by_side(training.previews, trainings.RECORDED_TITLE, autoplay=True)


def not_yet() -> str:
    """As much room as sprites will take, before there are any."""
    blank = np.full((1, ROWS * COLUMNS, SIZE, SIZE, 3), BLANK, np.uint8)
    payload = frames_payload(blank, [trainings.NOT_YET])
    lanes = (payload | {"title": title} for title in (trainings.BY_NOW, trainings.BEFORE))
    return pack(*lanes, columns=COLUMNS, autoplay=False, clock="step", grows=True)


def _side_by_side(previews: Sequence[Preview], title: str, autoplay: bool = False) -> str:
    series = np.stack([preview.sprites for preview in previews])
    labels = [trainings.preview_label(preview.step) for preview in previews]
    grown = frames_payload(series, labels) | {"title": title}
    untrained = frames_payload(series[:1], labels[:1]) | {"title": trainings.BEFORE}
    return pack(grown, untrained, columns=series.shape[1] // ROWS, autoplay=autoplay, clock="step", grows=True)
