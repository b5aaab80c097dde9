"""The command line: python -m diffusion COMMAND; --help lists the commands."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from diffusion import parallel
from diffusion.ablation import ABLATION_PAGE, ablate
from diffusion.benchmark import benchmark, table
from diffusion.checkpoints import CHECKPOINTS, DEFAULT, load_checkpoint, read_config, write_text
from diffusion.denoiser import MIXINGS, DiffusionModel
from diffusion.distill import STUDENTS, distill, new_student
from diffusion.frontier import FILE, measure_frontier
from diffusion.frontier import N as FRONTIER_N
from diffusion.frontier import table as frontier_table
from diffusion.generation import Run, SampleConfig, categories_in_turn, context_rows, generate, usual_run
from diffusion.hub import check_target, export_to_hub, find_model, from_pretrained
from diffusion.learning_curve import learning_curve
from diffusion.learning_curve import write_readme as write_curve
from diffusion.liveliness import drag_while_training, liveliness_table
from diffusion.logbook import Logbook, read_train_config
from diffusion.measured import Measured, check_comparable, keep_measured, kept_measured, measure_quality
from diffusion.quality import BUILT_IN_JUDGE, Judge, load_judge, save_judge, train_judge
from diffusion.results import gather, markdown, measure_shipped, write_readme
from diffusion.samplers import SAMPLERS
from diffusion.sharpening import sharpen
from diffusion.sprites.painter import BUILT_IN_SIZE, KINDS, bob, built_in, paint
from diffusion.sprites.palette import palette_of
from diffusion.sprites.readers import describe_set, read_sprites
from diffusion.sprites.spriteset import SpriteSet, held_out_by_picture
from diffusion.support.checks import check_number
from diffusion.support.device import DEVICES, pick_device
from diffusion.support.images import enlarge, grid, to_tensor, to_uint8
from diffusion.training import (
    NUMBER_FORMATS,
    OPTIMIZERS,
    RECIPES,
    TrainConfig,
    TrainingDivergedError,
    TrainStep,
    new_model,
    recipe,
    train,
)
from diffusion.trajectory import grid_columns, player_value, record

SHEET_SPRITES, SHEET_COLUMNS, SHEET_SCALE = 96, 16, 4
BOB_SCALE = 16
A_MODEL = "a name in checkpoints/, a path, or owner/name on the Hugging Face Hub; what is here wins"
SHIPPED_TRAINING = ["--recipe", "long", "--steps", "16000"]
EXPORTS = {"hub": export_to_hub}
FIRST_RUN_STEPS, FIRST_RUN_SPRITES = 20, 16
FIRST_RUN = Path("assets/first_run.json")
CAST_EACH = 10   # of each category, in the picture of all


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.written = arguments
    try:
        options.command(options)
    except (ValueError, TrainingDivergedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename or 'the file'}: {error.strerror or error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    return 0


def paint_command(options: Namespace) -> None:
    sprites = paint(options.n, options.seed)
    sprites.save(options.out)
    print(f"{len(sprites)} sprites in {options.out}: {sprites.counts()}", file=sys.stderr)


def sheets_command(options: Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    enlarge(bob(), BOB_SCALE).save(options.out / "bob.png")
    sprites = paint(SHEET_SPRITES * len(KINDS), seed=1)
    for label, category in enumerate(sprites.categories):
        sheet = grid(sprites.images[sprites.labels == label], SHEET_COLUMNS)
        enlarge(sheet, SHEET_SCALE).save(options.out / f"{category}.png")
    cast = np.concatenate([sprites.images[sprites.labels == k][:CAST_EACH] for k in range(len(KINDS))])
    enlarge(grid(cast, CAST_EACH), SHEET_SCALE).save(options.out / "cast.png")


def first_run_command(options: Namespace) -> None:
    model = load_checkpoint(DEFAULT, options.checkpoints)
    config = SampleConfig(steps=FIRST_RUN_STEPS, n=FIRST_RUN_SPRITES, seed=options.seed)
    run = record(Run(model, config, categories_in_turn(model.categories, config.n)))
    write_text(options.out, player_value(run.payload()))


def judge_command(options: Namespace) -> None:
    training, held_out = _data(options).split()
    judge = _trained_judge(training, options.steps, options.seed)
    save_judge(judge, options.out)
    right = judge.read(to_tensor(held_out.images)).argmax(1).numpy() == held_out.labels
    print(f"judge saved to {options.out}; it names {right.mean():.1%} of {len(held_out)} held-out sprites rightly.")


def train_command(options: Namespace) -> None:
    if options.resume:
        config, written = _unfinished(options)
    else:
        budget = {"minutes": None, "steps": options.steps} if options.steps else {"minutes": options.minutes}
        named = ("batch", "learning_rate", "optimizer", "number_format")
        changes = {name: getattr(options, name) for name in named if getattr(options, name)}
        config, written = recipe(options.recipe, seed=options.seed, **budget, **changes), _command(options)
    logbook = Logbook(config, options.name, options.out, command=written)
    saved = logbook.resume() if options.resume else None
    training, _ = _data(options).split()
    with parallel.process_group():
        device = pick_device(options.device)
        model = new_model(config, training.categories, device, palette_of(training.images))
        _follow(logbook, train(model, training, config, saved))


def distill_command(options: Namespace) -> None:
    check_number("minutes", options.minutes, 0.2, 10_000)   # three students, each in two trainings
    model = teacher = _model(options.checkpoint, options.device)
    training, _ = _data(options).split()
    for steps, share in STUDENTS.items():
        name, made = f"{options.name}-{steps}", {"command": _command(options)}
        config = recipe("student", seed=options.seed, minutes=share.strides * options.minutes)
        logbook = Logbook(config, name, options.out, **made)
        student = _follow(logbook, distill(teacher, new_student(teacher, steps), training, config))
        config = recipe("sharpening", seed=options.seed, minutes=share.sharpening * options.minutes)
        logbook = Logbook(config, name, options.out, **made, strides=logbook.record())
        teacher = _follow(logbook, sharpen(model, teacher, student, training, config))


def sample_command(options: Namespace) -> None:
    model = _model(options.checkpoint, options.device)
    config = _run_config(model, options, eta=options.eta, mixing=options.mixing, clean=options.clean)
    mix = _mix(options.context)
    context = context_rows(mix, model.categories, config.n) if mix else categories_in_turn(model.categories, config.n)
    with _progress_bar("sampling") as progress:
        images = to_uint8(generate(model, config, context, progress))
    if options.npz:
        SpriteSet(images, context.numpy(), model.categories, held_out_by_picture(images)).save(options.npz)
    enlarge(grid(images, options.columns or grid_columns(len(images))), options.scale).save(options.out)
    print(f"{len(images)} sprites in {options.out}", file=sys.stderr)


def evaluate_command(options: Namespace) -> None:
    files = find_model(options.checkpoint)
    model = files.load(pick_device(options.device))
    measured = _measured(model, options, _run_config(model, options))
    if options.keep:
        print(f"kept in {keep_measured(measured, files.weights)}", file=sys.stderr)
    print(json.dumps(measured) if options.json else _table(measured))


def export_command(options: Namespace) -> None:
    kind, folder = options.to[0], Path(options.to[1])
    if kind not in EXPORTS:
        raise ValueError(f"a model cannot be exported to {kind!r}: choose from {', '.join(EXPORTS)}.")
    check_target(folder)
    files = find_model(options.checkpoint)
    model = files.load(pick_device(options.device))
    measured = None if options.unmeasured else kept_measured(files.weights, model)
    if measured is None and not options.unmeasured:
        measured = _measured(model, options, usual_run(model, n=options.n))
    with _progress_bar("drawing the sample picture") as progress:
        EXPORTS[kind](files, model, measured, folder, options.license, progress)
    print(f"{folder} is ready: hf upload OWNER/{files.name} {folder}", file=sys.stderr)


def benchmark_command(options: Namespace) -> None:
    with _progress_bar("measuring") as progress:
        measured = benchmark(pick_device(options.device), progress=progress)
    lively = drag_while_training(options.device)
    if options.json:
        print(json.dumps(measured | {"drag_while_training": lively}))
    else:
        print(table(measured), "", liveliness_table(lively), sep="\n")


def _follow(logbook: Logbook, steps: Iterator[TrainStep]) -> DiffusionModel:
    """Train to the end with a bar and regular checkpoints; returns the averaged model."""
    with _progress_bar(f"training {logbook.name}") as progress, closing(logbook.follow(steps)) as followed:
        for step in followed:
            progress(step.progress)
    summary = f"{step.step} steps in {step.seconds:.0f} s, loss {logbook.record()['final_loss']}"
    print(f"{summary}: {logbook.folder / logbook.name}.safetensors", file=sys.stderr)
    return step.model


def _unfinished(options: Namespace) -> tuple[TrainConfig, str]:
    """The settings of a run that was broken off, and the command that began it."""
    _, record = read_config(options.name, options.out)
    return read_train_config(record, options.name), str(record.get("command", ""))


def _command(options: Namespace) -> str:
    """The command as it was written, for the record."""
    return " ".join(["python -m diffusion", *options.written])


def _data(options: Namespace) -> SpriteSet:
    """The sprites that the command line asks for; what was read of one's own is told."""
    if options.data is None:
        return built_in()
    sprites = read_sprites(options.data, labels=options.labels, tile=options.tile)
    print(describe_set(sprites), file=sys.stderr)
    return sprites


def _model(name: str, device: str) -> DiffusionModel:
    """A model by a name in checkpoints/, a path, or a repository of the Hugging Face Hub."""
    return from_pretrained(name, pick_device(device))


def results_command(options: Namespace) -> None:
    device = pick_device(options.device)
    if not options.stored:
        with _progress_bar("measuring quality") as progress:
            measure_shipped(device, progress)
    with _progress_bar("measuring speed") as progress:
        results = gather(device, progress)
    write_readme(results)
    print(markdown(results))


def frontier_command(options: Namespace) -> None:
    with _progress_bar("measuring every sampler") as progress:
        points = measure_frontier(pick_device(options.device), options.n, options.seed, progress)
    print(frontier_table(points))


def ablation_command(options: Namespace) -> None:
    with _progress_bar("training the variants") as progress:
        page = ablate(options.minutes, pick_device(options.device), options.seed, progress)
    options.out.write_text(page, encoding="utf-8")
    print(page)


def curve_command(options: Namespace) -> None:
    seeds = range(options.seed, options.seed + options.repeats)
    with _progress_bar("training") as progress:
        curve = learning_curve(options.minutes, seeds, pick_device(options.device), progress)
    write_curve(curve)
    print(curve)


def remake_command(options: Namespace) -> None:
    seed = ["--seed", str(options.seed)]
    for command in (
        ["sheets"],
        ["judge", *seed],
        ["train", *SHIPPED_TRAINING, "--out", str(CHECKPOINTS), *seed],
        ["distill", DEFAULT, "--out", str(CHECKPOINTS), *seed],
        ["first-run"],
        ["frontier", *seed],
        ["results"],
        ["curve", *seed],
    ):
        print("python -m diffusion", *command, file=sys.stderr)
        if main(command):
            raise ValueError(f"remaking stopped at {command[0]}.")


def _run_config(model: DiffusionModel, options: Namespace, **more: float | str | bool) -> SampleConfig:
    asked = {name: getattr(options, name) for name in ("sampler", "steps", "n", "seed", "guidance")}
    return usual_run(model, **asked, **more)


def _measured(model: DiffusionModel, options: Namespace, config: SampleConfig) -> Measured:
    """The quality of a model against the sprites that the command line asks for."""
    sprites, called = _data(options), options.data.name if options.data else "the built-in sprites"
    check_comparable(model, sprites)
    judge = load_judge() if options.data is None else _trained_judge(sprites.split()[0], 800, 0)
    seeds = range(options.seed, options.seed + options.repeats)
    with _progress_bar("measuring quality") as progress:
        return measure_quality(model, sprites, called, judge, config, seeds, progress)


def _trained_judge(training: SpriteSet, steps: int, seed: int) -> Judge:
    with _progress_bar("training the judge") as progress:
        return train_judge(training, steps, seed, progress)


def _mix(text: str | None) -> dict[str, float]:
    """A mix such as "hero=1,food=0.6" by category; raises ValueError if it is written otherwise."""
    mix = {}
    for part in filter(None, (text or "").split(",")):
        name, _, weight = part.rpartition("=")
        try:
            mix[name.strip()] = float(weight)
        except ValueError:
            raise ValueError(f"context {part!r} is not written like hero=1,food=0.6.") from None
    return mix


def _table(values: dict) -> str:
    shown = {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in values.items()}
    return "\n".join(f"{name:24} {value}" for name, value in shown.items())


@contextmanager
def _progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, driven by the share done, 0..1."""
    look = "{desc} {percentage:3.0f}% |{bar:30}| {elapsed}"
    with tqdm(total=1.0, desc=what, bar_format=look, disable=not parallel.is_first()) as bar:
        yield lambda share: bar.update(share - bar.n)


def _above_0(text: str) -> int:
    """A whole number above 0, as an argument type."""
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _at_least_100(text: str) -> int:
    """A whole number of 100 or more, as an argument type: of fewer sprites a distance says nothing."""
    if _above_0(text) < 100:
        raise ArgumentTypeError(f"{text!r} is less than 100")
    return int(text)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m diffusion", description="Diffusion models of 16x16 sprites.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Callable[[Namespace], None], summary: str) -> ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.add_argument("--seed", type=int, default=0, help="start of the random numbers (default 0)")
        sub.set_defaults(command=command)
        return sub

    def add_device(sub: ArgumentParser) -> None:
        sub.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default auto)")

    def add_data(sub: ArgumentParser) -> None:
        sub.add_argument("--data", type=Path, help="your own sprites: a folder, .zip, .npy, .npz or sheet")
        sub.add_argument("--labels", type=Path, help="the .npy of labels that goes with an .npy of images")
        sub.add_argument("--tile", type=int, help="the tile size of a sheet (default 16)")

    def add_run(sub: ArgumentParser, n: int) -> None:
        sub.add_argument("--sampler", help=f"one of {', '.join(SAMPLERS)} (default: what suits the model)")
        sub.add_argument("--steps", type=int, help="steps from noise to sprite (default: what suits the model)")
        sub.add_argument("--n", type=int, default=n, help=f"number of sprites (default {n})")
        sub.add_argument("--guidance", type=float, help="how strongly the context pulls (default: the model's own)")

    sub = add("paint", paint_command, "Paint sprites of the built-in set into an .npz file.")
    sub.add_argument("--n", type=int, default=BUILT_IN_SIZE, help=f"number of sprites (default {BUILT_IN_SIZE})")
    sub.add_argument("--out", type=Path, required=True, help="the .npz file to write")

    sub = add("sheets", sheets_command, "Paint Bob, the cast, and a contact sheet of each category.")
    sub.add_argument("--out", type=Path, default=Path("assets"), help="the folder to write to (default assets)")

    sub = add("first-run", first_run_command, "Record the run that the app shows before anything is computed.")
    sub.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of the shipped model")
    sub.add_argument("--out", type=Path, default=FIRST_RUN, help=f"the file to write (default {FIRST_RUN})")

    sub = add("judge", judge_command, "Train the classifier that quality is measured with.")
    add_data(sub)
    sub.add_argument("--steps", type=int, default=800, help="training steps (default 800)")
    sub.add_argument("--out", type=Path, default=BUILT_IN_JUDGE, help="the file to write (default: the built-in judge)")

    sub = add("train", train_command, "Train a model.")
    add_data(sub)
    add_device(sub)
    sub.add_argument("--recipe", default="fast", help=f"one of {', '.join(RECIPES)} (default fast)")
    sub.add_argument("--minutes", type=float, default=5.0, help="minutes of training (default 5)")
    sub.add_argument("--steps", type=int, help="a number of steps, instead of minutes")
    sub.add_argument("--batch", type=int, help="sprites a step (default: the recipe's)")
    sub.add_argument("--learning-rate", type=float, help="peak learning rate (default: the recipe's)")
    sub.add_argument("--optimizer", help=f"one of {', '.join(OPTIMIZERS)} (default: the recipe's)")
    sub.add_argument("--number-format", help=f"one of {', '.join(NUMBER_FORMATS)} (default: the recipe's)")
    sub.add_argument("--out", type=Path, default=Path("runs"), help="the folder to write to (default runs)")
    sub.add_argument("--name", default=DEFAULT, help=f"the checkpoint's name (default {DEFAULT})")
    sub.add_argument("--resume", action="store_true", help="go on with the training of --name in --out, if unfinished")

    sub = add("distill", distill_command, "Make students of a checkpoint that need 4, 2 and 1 steps.")
    add_data(sub)
    add_device(sub)
    sub.add_argument("checkpoint", help=f"the teacher: {A_MODEL}")
    sub.add_argument("--minutes", type=float, default=9.0, help="minutes of training, all together (default 9)")
    sub.add_argument("--out", type=Path, default=Path("runs"), help="the folder to write to (default runs)")
    sub.add_argument("--name", default=DEFAULT, help=f"their names are NAME-4, NAME-2, NAME-1 (default {DEFAULT})")

    sub = add("sample", sample_command, "Sample sprites into a picture.")
    add_device(sub)
    add_run(sub, 64)
    sub.add_argument("--checkpoint", default=DEFAULT, help=f"{A_MODEL} (default {DEFAULT})")
    sub.add_argument("--eta", type=float, default=0.0, help="fresh noise in ddim, 0 to 1 (default 0)")
    sub.add_argument("--context", help="a mix such as hero=1,food=0.6 (default: the categories in turn)")
    sub.add_argument("--mixing", default="vector", help=f"how it is mixed: {', '.join(MIXINGS)} (default vector)")
    sub.add_argument("--clean", action="store_true", help="bring the sprites back to the colours of the training set")
    sub.add_argument("--columns", type=_above_0, help="columns of the picture (default: nearly square)")
    sub.add_argument("--scale", type=_above_0, default=4, help="size of a pixel in the picture (default 4)")
    sub.add_argument("--out", type=Path, default=Path("sprites.png"), help="the picture (default sprites.png)")
    sub.add_argument("--npz", type=Path, help="also write images, context and categories to this .npz file")

    sub = add("export", export_command, "Write a checkpoint as others read it: a folder for the Hugging Face Hub.")
    add_device(sub)
    add_data(sub)
    sub.add_argument("checkpoint", help=A_MODEL)
    sub.add_argument("--to", nargs=2, required=True, metavar=("FORMAT", "DIR"), help="hub, and the folder to write")
    sub.add_argument("--license", help="the licence to name, such as mit (default: none is named)")
    sub.add_argument("--unmeasured", action="store_true", help="write a card without numbers, and measure nothing")
    sub.add_argument("--n", type=int, default=2000, help="sprites to measure, unless numbers are kept (default 2000)")
    sub.add_argument("--repeats", type=_above_0, default=3, help="number of seeds, from --seed on (default 3)")

    sub = add("evaluate", evaluate_command, "Measure the quality of a checkpoint.")
    add_device(sub)
    add_data(sub)
    add_run(sub, 2000)
    sub.add_argument("checkpoint", help=A_MODEL)
    sub.add_argument("--repeats", type=_above_0, default=3, help="number of seeds, from --seed on (default 3)")
    sub.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    sub.add_argument("--keep", action="store_true", help="keep the numbers beside the weights, for the model card")

    sub = add("results", results_command, "Measure what ships and write the tables of the README.")
    add_device(sub)
    sub.add_argument("--stored", action="store_true", help="take the quality as last measured, and measure speed only")

    summary = f"Measure quality against network calls into checkpoints/{FILE}; goes on where it was broken off."
    sub = add("frontier", frontier_command, summary)
    add_device(sub)
    sub.add_argument("--n", type=_at_least_100, default=FRONTIER_N, help=f"sprites a run (default {FRONTIER_N})")

    sub = add("ablation", ablation_command, "Train variants of the recipe for the same time, and compare them.")
    add_device(sub)
    sub.add_argument("--minutes", type=float, default=2.0, help="minutes of training for each (default 2)")
    sub.add_argument("--out", type=Path, default=ABLATION_PAGE, help="the page to write (default ABLATION.md)")

    sub = add("curve", curve_command, "Measure how good a model is after so many minutes, for the README.")
    add_device(sub)
    sub.add_argument("--minutes", type=float, nargs="+", default=[1, 2, 5, 20], help="lengths (default 1 2 5 20)")
    sub.add_argument("--repeats", type=_above_0, default=3, help="trainings of each length (default 3)")

    add("remake", remake_command, "Remake everything that ships, in order; about three and a half hours on two cores.")

    sub = add("benchmark", benchmark_command, "Measure speed on this machine.")
    add_device(sub)
    sub.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    return parser


if __name__ == "__main__":
    sys.exit(main())
