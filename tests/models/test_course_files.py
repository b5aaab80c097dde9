"""The course's .pth files: read as they are, checked against a plain restatement of the network, and never trusted."""

import pickle
import zipfile

import pytest
import torch
from course_restated import restated, trained_state
from safetensors.torch import save_file

from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.models.checkpoints import CheckpointError, list_checkpoints, load_checkpoint
from diffusion.models.course_files import MAX_BYTES
from diffusion.models.hub import find_model
from diffusion.networks.course_unet import ContextUnet
from diffusion.noise import SpriteNoise
from diffusion.schedule import Schedule


@pytest.mark.parametrize("sizes", [{}, {"n_feat": 16, "n_cfeat": 3, "height": 28}])
def test_a_course_file_gives_the_network_that_the_course_describes(sizes, tmp_path):
    state = trained_state(**sizes)
    torch.save(state, tmp_path / "context_model_trained.pth")
    model = load_checkpoint("context_model_trained.pth", tmp_path)
    side, k = sizes.get("height", 16), sizes.get("n_cfeat", 5)
    x, t, c = torch.randn(3, 3, side, side), torch.tensor([0.1, 0.5, 1.0]), torch.rand(3, k)
    torch.testing.assert_close(model.net(x, t, c), restated(state, x, t, c), rtol=1e-4, atol=1e-4)
    assert torch.equal(model.schedule.alpha_bar, Schedule.linear().alpha_bar)
    assert len(model.categories) == k
    made = generate(model, SampleConfig("ddpm", 3, 2), categories_in_turn(model.categories, 2))
    assert made.shape == (2, 3, side, side)


def test_it_is_listed_beside_the_others_and_named_after_the_course(folder):
    torch.save(trained_state(n_feat=8), folder / "model_31.pth")
    assert set(list_checkpoints(folder)) == {"tiny", "model_31.pth"}
    assert load_checkpoint("model_31.pth", folder).categories[-1] == "side-facing"


@pytest.mark.parametrize("prefixes", [["module."], ["_orig_mod."], ["nn_model."], ["_orig_mod.", "module."]])
def test_what_wrapping_a_network_puts_before_its_names_is_no_part_of_them(prefixes, tmp_path):
    state = trained_state(n_feat=8)
    torch.save({"".join(prefixes) + key: value for key, value in state.items()}, tmp_path / "model.pth")
    loaded = load_checkpoint("model.pth", tmp_path).net.state_dict()
    assert all(torch.equal(loaded[key], state[key]) for key in state)


@pytest.mark.parametrize("keys", [["model_state_dict"], ["state_dict"], ["model"], ["model", "state_dict"]])
def test_the_weights_in_a_checkpoint_of_a_training_are_found(keys, tmp_path):
    state = trained_state(n_feat=8)
    saved = {f"module.{key}": value for key, value in state.items()}
    for key in reversed(keys):
        saved = {"epoch": 31, "optimizer_state_dict": {"state": {0: {"step": 5}}, "param_groups": []}, key: saved}
    torch.save(saved, tmp_path / "model.pth")
    loaded = load_checkpoint("model.pth", tmp_path).net.state_dict()
    assert all(torch.equal(loaded[key], state[key]) for key in state)


NAMES = ["context_model_trained (1).pth", "model.pt", "MODEL.PTH", "модель 3.Pt", "a+b@c 'd'.pth", "x" * 200 + ".pth"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_have_any_name_and_is_shown_by_it(name, folder):
    torch.save(trained_state(n_feat=8), folder / name)
    assert set(list_checkpoints(folder)) == {"tiny", name}
    assert load_checkpoint(name, folder).categories[-1] == "side-facing"
    assert find_model(str(folder / name)).load().categories[-1] == "side-facing"


STRANGE = ["../model.pth", "a/model.pt", "a\\model.pth", ".hidden.pth", "two\nlines.pth", "nul\0.pt", "x" * 253 + ".pt"]


@pytest.mark.parametrize("name", STRANGE)
def test_a_name_that_leads_elsewhere_or_cannot_be_shown_is_refused(name, tmp_path):
    torch.save(trained_state(n_feat=8), tmp_path / "model.pth")
    (tmp_path / "in").mkdir()
    with pytest.raises(CheckpointError, match="is not a plain name"):
        load_checkpoint(name, tmp_path / "in")


class Bomb:
    def __reduce__(self):
        return print, ("executed",)


def write_pickle(path):
    path.write_bytes(pickle.dumps(Bomb()))


def write_bomb_in_state(path):
    torch.save(trained_state(n_feat=8) | {"extra": Bomb()}, path)


def write_module(path):
    torch.save(ContextUnet(n_feat=8), path)


def write_truncated(path):
    torch.save(trained_state(n_feat=8), path)
    path.write_bytes(path.read_bytes()[:5000])


def write_text(path):
    path.write_text("weights")


def write_nothing(path):
    path.write_bytes(b"")


def write_zip_bomb(path):
    saving(lambda state: None)(path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, bytes(MAX_BYTES) if name.endswith("/data/3") else data)


def write_safetensors(path):
    save_file(trained_state(n_feat=8), path)


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")


def saving(change):
    def write(path):
        state = trained_state(n_feat=8)
        changed = change(state)
        torch.save(changed if isinstance(changed, dict | list) else state, path)

    return write


def hold_itself(state):
    """A checkpoint in itself, without end."""
    state = {"epoch": 3}
    state["model"] = state
    return state


def claim_huge(state):
    state["init_conv.conv1.0.weight"] = torch.zeros(1).expand(10**9, 3, 3, 3)


def claim_all_huge(state):
    """Every tensor of a network of 8 GB, each one number long on disk: a stride of 0 repeats it."""
    with torch.device("meta"):
        claimed = ContextUnet(n_feat=256, height=256).state_dict()
    return {key: torch.zeros((), dtype=value.dtype).expand(value.shape) for key, value in claimed.items()}


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_safetensors, "not a plain file of weights"),
        (write_zip_bomb, "larger than 200 MB"),
        (saving(claim_all_huge), "claims sizes"),
        (write_pickle, "not a plain file of weights"),
        (write_bomb_in_state, "not a plain file of weights"),
        (write_module, "not a plain file of weights"),
        (write_truncated, "not a plain file of weights"),
        (write_text, "not a plain file of weights"),
        (write_nothing, "not a plain file of weights"),
        (write_zip, "not a plain file of weights"),
        (saving(lambda state: [1, 2, 3]), "plain state_dict is expected"),
        (saving(lambda state: {"epoch": 3} | state), "plain state_dict is expected"),
        (saving(lambda state: {"model_state_dict": {"epoch": 3}}), "plain state_dict is expected"),
        (saving(hold_itself), "plain state_dict is expected"),
        (saving(lambda state: {"module." * 10**5: torch.zeros(1)}), "lacks some of its tensors"),
        (saving(lambda state: {"model": {}}), "lacks some of its tensors"),
        (saving(lambda state: {"optimizer": state}), "plain state_dict is expected"),
        (saving(lambda state: {"module." + k if "up" in k else k: v for k, v in state.items()}), "lacks some"),
        (saving(lambda state: {1: torch.zeros(1)}), "lacks some of its tensors"),
        (saving(lambda state: {"conv.weight": torch.zeros(3)}), "lacks some of its tensors"),
        (saving(lambda state: state.pop("out.3.bias")), "differ in name or shape"),
        (saving(lambda state: state.update(extra=torch.zeros(1))), "differ in name or shape"),
        (saving(lambda state: state.update({"out.3.bias": torch.zeros(7)})), "differ in name or shape"),
        (saving(lambda state: state.update({"init_conv.conv1.0.weight": torch.zeros(())})), "lacks some"),
        (saving(lambda state: state.update({"contextembed1.model.0.weight": torch.zeros(16, 99)})), "claims sizes"),
        (saving(claim_huge), "claims sizes"),
        (saving(lambda state: state["out.3.weight"].fill_(float("nan"))), "not finite"),
    ],
)
def test_what_is_no_course_file_is_told_and_nothing_is_executed(write, message, tmp_path, capsys):
    write(tmp_path / "model_trained.pth")
    with pytest.raises(CheckpointError, match=message) as error:
        load_checkpoint("model_trained.pth", tmp_path)
    assert "model_trained.pth" in str(error.value) and "\n" not in str(error.value)
    assert "executed" not in capsys.readouterr().out


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "model_trained.pth").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(CheckpointError, match="larger than 200 MB"):
        load_checkpoint("model_trained.pth", tmp_path)


def test_a_file_of_an_older_torch_is_read_too(tmp_path):
    state = trained_state(n_feat=8)
    torch.save(state, tmp_path / "model_4.pth", _use_new_zipfile_serialization=False)
    loaded = load_checkpoint("model_4.pth", tmp_path).net.state_dict()
    assert all(torch.equal(loaded[key], state[key]) for key in state)


def test_ddpm_with_a_course_file_is_the_loop_of_the_course(tmp_path):
    """x <- (x - eps (1 - a_t) / sqrt(1 - ab_t)) / sqrt(a_t) + sqrt(b_t) z, with z = 0 at the last step."""
    torch.save(trained_state(n_feat=8), tmp_path / "context_model_31.pth")
    model, context = load_checkpoint("context_model_31.pth", tmp_path), torch.eye(5)[:2]
    b = torch.linspace(1e-4, 0.02, 501, dtype=torch.float64)
    ab = torch.exp(torch.cumsum(torch.log(1 - b), 0))
    ab[0] = 1
    noise = SpriteNoise(3, range(2))
    x = noise()
    for t in range(500, 0, -1):
        eps = model.net(x, torch.full((2,), t / 500), context)
        z = noise() if t > 1 else torch.zeros_like(x)
        beta = float(1 - ab[t] / ab[t - 1])   # b[t], but at t = 1, whose step goes all the way to ab[0] = 1
        x = (x - eps * beta / float(1 - ab[t]) ** 0.5) / (1 - beta) ** 0.5 + beta**0.5 * z
    made = generate(model, SampleConfig("ddpm", 500, 2, seed=3), context)
    torch.testing.assert_close(made, x, rtol=1e-4, atol=1e-4 * float(x.abs().max()))
