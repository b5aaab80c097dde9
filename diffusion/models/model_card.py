"""The model card: what a model is, how to use it, how good it is, how it was made; in plain words."""

from huggingface_hub import EvalResult, ModelCardData

from diffusion.denoiser import DiffusionModel
from diffusion.generation import usual_config
from diffusion.models.checkpoints import Record
from diffusion.models.measured import Measured
from diffusion.samplers import ALL_SAMPLERS
from diffusion.support.wording import counted, with_spread

TAGS = ["diffusion", "pixel-art", "sprites", "education", "pytorch"]
TASK = "unconditional-image-generation"
PREDICTS = {
    "noise": "the noise in the picture",
    "noise-as-taught": "the noise in the picture",
    "v": "the velocity v = a noise - s sprite",
    "velocity": "the velocity from sprite to noise",
}


def model_card(
    name: str, model: DiffusionModel, record: Record, measured: Measured | None, picture: str, license: str | None
) -> str:
    """The README.md of a model: front matter for the Hub, then the card. Numbers are those measured, or none."""
    sections = [
        f"---\n{front_matter(name, measured, license)}\n---",
        f"# {name}",
        f"A diffusion model that turns noise into sprites of {model.shape[1]}x{model.shape[2]} pixels.",
        f"![Sprites that the model made]({picture})\n\n{_caption(model)}",
        f"## What it is\n\n{_what_it_is(model)}",
        f"## How to use it\n\n{_how_to_use(name)}",
        f"## How good it is\n\n{_how_good(measured)}",
        f"## How it was made\n\n{_how_made(record)}",
        f"## What to know before using it\n\n{_limits(model)}",
    ]
    return "\n\n".join(sections) + "\n"


def front_matter(name: str, measured: Measured | None, license: str | None) -> str:
    """The YAML that the Hub reads: licence if one is named, tags, and the results if there are any."""
    results = [] if measured is None else _results(measured)
    data = ModelCardData(license=license, tags=TAGS, pipeline_tag=TASK, model_name=name, eval_results=results or None)
    return data.to_yaml()


def _results(measured: Measured) -> list[EvalResult]:
    shown = {
        "fsd": ("fsd", "Fréchet sprite distance, lower is better"),
        "context_accuracy": ("accuracy", "asked category comes out"),
        "coverage": ("coverage", "coverage of real sprites"),
        "memorisation": ("memorisation", "copies of training sprites"),
    }
    return [
        EvalResult(
            task_type=TASK, dataset_type="sprites", dataset_name=measured["sprites"],
            metric_type=metric, metric_name=name, metric_value=round(measured[key], 4),
        )
        for key, (metric, name) in shown.items() if measured[key] is not None
    ]   # fmt: skip


def _caption(model: DiffusionModel) -> str:
    config = usual_config(model)
    rows = f"One row for each category, from the top: {_listed(model.categories)}. " if model.categories else ""
    sampler = f"{ALL_SAMPLERS[config.sampler].title}, {counted(config.steps, 'step')}"
    return f"{rows}Made with {sampler}, guidance {model.config.guidance:g}, from seed 0; none was picked by hand."


def _what_it_is(model: DiffusionModel) -> str:
    config = model.config
    parameters = sum(parameter.numel() for parameter in model.net.parameters())
    context = f"It is told what to draw by one number for each of {_listed(model.categories)}." if (
        model.categories) else "It cannot be told what to draw."
    student = f" It is a student: it takes just {counted(config.steps, 'step')}." if config.steps else ""
    return (
        f"`{type(model.net).__name__}`, a U-Net of {parameters:,} parameters, predicts {PREDICTS[config.prediction]}"
        f"{_where(model)}. {context}{student}\n\n"
        "`model.safetensors` holds the weights, `config.json` all else."
    )


def _where(model: DiffusionModel) -> str:
    """Which levels of noise it has learnt, and which it passes through when it draws."""
    schedule = f"{model.config.schedule} schedule of {counted(model.schedule.T, 'step')}"
    if model.prediction.any_schedule:
        return f". It was trained by flow matching, on straight paths from sprites to noise; it draws on a {schedule}"
    return f" on a {schedule}"


def _how_to_use(name: str) -> str:
    return (
        "With Sprite Diffusion Lab, by the path of this folder or by `OWNER/NAME` once it is on the Hub:\n\n"
        f"```sh\npython -m diffusion sample --checkpoint OWNER/{name} --n 64 --out grid.png\n```\n\n"
        "```python\nfrom diffusion.models.hub import from_pretrained\n\n"
        f'model = from_pretrained("OWNER/{name}")\n```'
    )


def _how_good(measured: Measured | None) -> str:
    if measured is None:
        return "Its quality was not measured."
    m = measured
    table = "\n".join(f"| {what} | {made} | {real} |" for what, made, real in _measures(m))
    caught = m["memorisation_caught"]
    return (
        f"| | this model | real sprites |\n|---|---|---|\n{table}\n\n"
        f"Measured on {m['machine']} against {m['sprites']}, the part that training never saw: "
        f"{counted(m['n'], 'sprite')} for "
        f"each of {counted(len(m['seeds']), 'sampling seed')}, {ALL_SAMPLERS[m['sampler']].title}, "
        f"{counted(m['steps'], 'step')}, guidance {m['guidance']:g}. After ± stands the standard deviation over these "
        f"seeds; for the real sprites over {counted(m['floor_draws'], 'draw')} of as many training sprites of the same "
        f"categories, whose FSD is the floor: no model does better."
        + (" Its sprites are measured with each pixel in one of the colours that it learnt." if m.get("raw") else "")
        + (f" The test for copies finds {caught:.1%} of copies that are planted." if caught is not None else "")
    )


def _measures(m: Measured) -> list[tuple[str, str, str]]:
    """Rows: what was measured, of the model, of real sprites."""
    made, real, accuracy, losses = m["crispness"], m["crispness_real"], m["context_accuracy"], m["losses"]
    rows = [
        (
            "Fréchet sprite distance (FSD), lower is better",
            with_spread(m["fsd"], m["fsd_spread"]),
            with_spread(m["fsd_floor"], m["fsd_floor_spread"]),
        ),
        ("coverage: how many real sprites have one near", f"{m['coverage']:.1%}", f"{m['coverage_real']:.1%}"),
        ("density: how near to real sprites", f"{m['density']:.2f}", f"{m['density_real']:.2f}"),
        ("colours a sprite", f"{made['colours']:.1f}", f"{real['colours']:.1f}"),
        ("pixels that are exactly white", f"{made['white']:.1%}", f"{real['white']:.1%}"),
        ("distance to the nearest training sprite", f"{made['nearest']:.3f}", f"{real['nearest']:.3f}"),
        ("looks like a copy of a training sprite", f"{m['memorisation']:.1%}", f"{m['memorisation_real']:.1%}"),
    ]
    if accuracy is not None:
        rows.append(("asked category comes out", f"{accuracy:.1%}", f"{m['context_accuracy_real']:.1%}"))
    if losses is not None:
        seen, unseen = (f"{losses[part]:.4f}" for part in ("training", "unseen"))
        rows.append(("its training loss on training sprites, beside it on unseen ones", seen, unseen))
    return rows


def _how_made(record: Record) -> str:
    command = " ".join(str(record.get("command", "")).split())
    facts = [
        f"{counted(record['steps'], 'step')} of training" if isinstance(record.get("steps"), int) else "",
        f"{record['seconds']:,.0f} s" if isinstance(record.get("seconds"), int | float) else "",
        f"on {record['machine']}" if record.get("machine") else "",
        f"final loss {record['final_loss']}" if record.get("final_loss") else "",
    ]
    told = ", ".join(filter(None, facts))
    sentence = f"{told}." if told else "Its files do not tell how it was trained."
    return sentence + (f"\n\n```\n{command}\n```" if command else "")


def _limits(model: DiffusionModel) -> str:
    lines = [
        "- It draws what its training sprites look like, and nothing else.",
        f"- A sprite is {model.shape[1]} pixels wide: enlarge it without smoothing.",
    ]
    if model.categories:
        lines.append(_of_mixes(model))
    if model.config.network == "course-as-taught":
        lines.append("- It reproduces two faults of a course on purpose, to show what they do.")
    return "\n".join(lines)


def _of_mixes(model: DiffusionModel) -> str:
    if not model.is_student:
        return "- In training it saw one category at a time, or none: a mix of several is its own invention."
    return (
        "- It learnt from its teacher, which saw one category at a time; some of its own examples were the teacher's "
        "mixes of two."
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(" ".join(name.split()) for name in names)
