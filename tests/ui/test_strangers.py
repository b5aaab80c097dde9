"""Two visitors of one app, by plain HTTP as two browsers would ask: what the one cannot see or do of the other's."""

import base64
import time
from html import unescape
from uuid import uuid4

import numpy as np
import pytest
import torch
from course_restated import trained_state
from PIL import Image
from raw_http import API, RawApp

from diffusion.sprites.spriteset import SpriteSet
from diffusion.ui.asgi import MAX_BODY
from diffusion.ui.visitor_cookie import COOKIE

PAGE = {"accept": "text/html"}


class Visitor(RawApp):
    """A browser with one page open."""

    def __init__(self, url):
        super().__init__(url)
        self.http.get("/", headers=PAGE)   # gives the cookie
        self.session = uuid4().hex[:10]

    def ask_for(self, name, *data):
        return self.call(self.endpoint(name), list(data), self.session)

    def models(self, tab="refreshed"):
        """What its lists of models offer."""
        return [name for name, _ in self.ask_for(tab).value[0]["choices"]]


@pytest.fixture
def ann(app_url):
    return Visitor(app_url)


@pytest.fixture
def ben(app_url):
    return Visitor(app_url)


def own_set(sprites):
    """Sprites of two categories that no other set has."""
    images = sprites.images[:12].copy()
    images[:, 0, 0] = [1, 2, 3]
    context = np.eye(2, dtype=np.float32)[np.arange(12) % 2]
    return SpriteSet(images, context, ("secret cats", "secret dogs"), np.arange(12) >= 10)


@pytest.fixture(scope="module")
def anns_training(app_url, sprites, tmp_path_factory, app_folder):
    """A visitor's finished training on own sprites: (who, its name)."""
    who, file = Visitor(app_url), tmp_path_factory.mktemp("own") / "mine.npz"
    own_set(sprites).save(file)
    job_id, *_ = started(who, who.upload(file)).value
    deadline = time.monotonic() + 180
    while not (names := [name for name in who.models() if name.startswith("trained-")]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    until_rested(who, job_id)
    return who, names[0]


def started(who, file, steps=3):
    return who.ask_for("train", [file] if file else None, {}, "fast", 1, 0, steps, 4, 0.001, 0.1)


def until_rested(who, job_id):
    deadline = time.monotonic() + 180
    while "Finished" not in watched(who, job_id):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def watched(who, job_id):
    """The line of a training."""
    return who.ask(who.server_function("training-line", "news"), {"job": job_id, "link": ""}, who.session).value["line"]


def sample(who, checkpoint):
    return who.ask_for("sample", checkpoint, "one of each, in turn", "ddim", 2, 1, 1, 0, False, False)


# ---- uploads


FILE_HANDLERS = (
    "look", "look_anew", "correct", "train", "train_as_python", "restore", "restore_mix", "restore_edit", "open_model",
    "with_made",
)   # fmt: skip


def given(who, name, file):
    endpoint = who.endpoint(name)
    data = [[file] if one.name.startswith("Your sprites") else file if one.kind == "file" else one.value
            for one in endpoint.inputs]   # fmt: skip
    assert file in data or [file] in data
    return who.call(endpoint, data, who.session)


def test_every_handler_that_takes_a_file_is_known_here(ann):
    taking = {one.name for one in ann.endpoints if any(each.kind in ("file", "image") for each in one.inputs)}
    assert {name.rstrip("_0123456789") for name in taking} == set(FILE_HANDLERS)


@pytest.mark.parametrize("name", FILE_HANDLERS)
def test_a_file_is_taken_from_who_uploaded_it_alone(ann, ben, name, tmp_path):
    Image.fromarray(np.full((16, 16, 3), 77, np.uint8)).save(tmp_path / "private.png")
    file = ann.upload(tmp_path / "private.png")
    folder = file | {"path": file["path"].rsplit("/", 1)[0]}
    top = file | {"path": file["path"].rsplit("/", 2)[0]}
    etc = file | {"path": "/etc/passwd"}
    away = file | {"path": "http://127.0.0.1:1/private.png"}
    plain = {"path": file["path"]}   # an older form of the same
    for forged in (file, folder, top, etc, away, plain):
        answer = given(ben, name, forged)
        assert answer.failed and "give it again" in str(answer.error) and "private" not in str(answer.error)
    for forged in (folder, top, etc, away):
        assert "give it again" in str(given(ann, name, forged).error)
    assert "give it again" not in str(given(ann, name, file).error)
    assert ben.http.get(f"{API}/file={file['path']}").status_code == 404
    assert ann.http.get(f"{API}/file={file['path']}").status_code == 200


def test_files_hidden_anywhere_in_a_question_are_found(ann, ben, tmp_path):
    Image.fromarray(np.full((16, 16, 3), 78, np.uint8)).save(tmp_path / "private.png")
    file = ann.upload(tmp_path / "private.png")
    for hidden in ([[file]], {"value": file}, {"a": [{"b": file}]}):
        assert "give it again" in str(ben.ask_for("sample", hidden).error)
        view = ben.server_function("mix-view", "draw")
        assert "give it again" in str(ben.ask(view, hidden, ben.session).error)


# ---- trainings on own sprites


def test_a_model_of_own_sprites_is_listed_for_its_owner_alone(anns_training, ben):
    ann, name = anns_training
    assert name in ann.models() and not [one for one in ben.models() if one.startswith("trained-")]
    assert name not in ben.http.get("/", headers=PAGE).text


def test_it_opens_for_its_owner_alone_by_whatever_way(anns_training, ben):
    ann, name = anns_training
    assert not sample(ann, name).failed
    ask = {"checkpoint": name, "weights": [1, 0], "wide": False, "mixing": "vector", "guidance": 1, "seed": 0,
           "origins": []}   # fmt: skip
    recipe = {"checkpoint": name, "config": {"n": 1, "steps": 2}, "weights": None, "path": None}
    lanes = [{"runner": "ddim", "steps": 2}, {"runner": "ddpm", "steps": 2}]
    answers = [
        sample(ben, name),
        ben.ask_for("race", name, lanes, "one of each, in turn", 1, 0, True),
        ben.ask_for("mix", name, {"secret cats": 1}, 0, 1, "vector", True),
        ben.ask_for("activations", name, "Bob", 10, {}, "up 1", "maps", 0, "nothing"),
        ben.ask_for("sample_as_python", name, "one of each, in turn", "ddim", 2, 1, 1, 0, False),
        ben.ask(ben.server_function("mix-view", "draw"), ask, ben.session),
        ben.ask(ben.server_function("mix-view", "refine"), ask, ben.session),
        ben.ask(ben.server_function("sample-player", "png"), recipe, ben.session),
        ben.ask(ben.server_function("sample-player", "gif"), recipe, ben.session),
        ben.ask_for("go_on_from", name),
        ben.ask_for("download_checkpoint", name),
    ]
    for answer in answers:
        assert answer.failed and "was not found" in str(answer.error), answer
        assert "secret" not in str(answer) and f"there is: {name}" not in str(answer.error)
    assert not ann.ask_for("download_checkpoint", name).failed


def test_its_weights_for_a_browser_come_to_its_owner_alone(anns_training, ben):
    ann, name = anns_training
    for place in ("models", "weights"):
        assert ann.http.get(f"browser/{place}/{name}").status_code == 200
        refused = ben.http.get(f"browser/{place}/{name}")
        assert refused.status_code == 404 and "was not found" in refused.text and "secret" not in refused.text
    etag = ann.http.get(f"browser/weights/{name}").headers["etag"]
    assert ben.http.get(f"browser/weights/{name}", headers={"if-none-match": etag}).status_code == 404


def test_a_saved_picture_does_not_open_the_model_that_drew_it(anns_training, ben, tmp_path):
    ann, name = anns_training
    recipe = {"checkpoint": name, "config": {"n": 1, "steps": 2}, "weights": None, "path": None}
    drawn = ann.ask(ann.server_function("sample-player", "png"), recipe, ann.session).value
    (tmp_path / "saved.png").write_bytes(base64.b64decode(drawn))
    assert "was not found" in str(given(ben, "restore", ben.upload(tmp_path / "saved.png")).error)
    assert not given(ann, "restore", ann.upload(tmp_path / "saved.png")).failed


def test_one_batch_opened_shows_a_training_to_its_owner_alone(anns_training, ben):
    shown = ben.ask_for("show_same", uuid4().hex, 0)
    assert "<img" not in str(shown.value)


def test_others_lists_stay_short_of_models_of_built_in_sprites_too(ann, ben):
    job_id, *_ = started(ann, None, steps=1).value
    until_rested(ann, job_id)
    own = [name for name in ann.models() if name.startswith("trained-")]
    assert own and not set(own) & set(ben.models())
    assert not sample(ben, own[0]).failed   # nothing in it is its owner's alone: who knows the name may draw


def test_a_link_lets_others_draw_and_no_more_until_it_is_taken_back(anns_training, ben, app_url):
    ann, name = anns_training
    link = ann.ask_for("share_model", name).value[0]
    assert link == f"{app_url}?model={link.partition('=')[2]}" and len(link.partition("=")[2]) >= 20
    assert ann.ask_for("share_model", name).value[0] == link
    came = ben.call(ben.endpoint("arrive"), [], ben.session, link.partition("?")[2])
    assert f"**{name}** was shared with you" in unescape(came.value[0]["value"])
    assert name in ben.models() and not sample(ben, name).failed
    assert not ben.ask_for("download_checkpoint", name).failed
    assert "somebody else" in str(ben.ask_for("go_on_from", name).error)
    assert ben.ask_for("share_model", name).failed and ben.ask_for("remove_model", name).failed
    assert not ben.ask_for("own_models").value[0]["choices"]
    assert not ann.ask_for("stop_sharing", name).failed
    assert name not in ben.models() and sample(ben, name).failed
    lost = ben.call(ben.endpoint("arrive"), [], ben.session, link.partition("?")[2])
    assert "leads to no model" in lost.value[0]["value"]


def test_an_owner_removes_a_model(ann, tmp_path):
    assert not ann.ask_for("open_model", ann.upload(course_file(tmp_path, "unwanted.pth", n_feat=24))).failed
    listed = ann.ask_for("own_models").value[0]
    assert [name for name, _ in listed["choices"]] == ["unwanted.pth"] and listed["value"] == "unwanted.pth"
    assert not ann.ask_for("remove_model", "unwanted.pth").failed
    assert "unwanted.pth" not in ann.models() and not ann.ask_for("own_models").value[0]["choices"]
    for other in ("tiny", "../tiny", None, "", 5):
        assert "not yours" in str(ann.ask_for("remove_model", other).error)


# ---- model files


def course_file(tmp_path, name, n_feat=8):
    torch.save(trained_state(n_feat=n_feat), tmp_path / name)
    return tmp_path / name


def test_nobody_pushes_out_what_another_gave(ann, ben, tmp_path):
    ann.ask_for("open_model", ann.upload(course_file(tmp_path, "anns.pth")))
    assert "anns.pth" in ann.models() and "anns.pth" not in ben.models()
    for i in range(9):
        assert not ben.ask_for("open_model", ben.upload(course_file(tmp_path, f"bens_{i}.pth"))).failed
    assert "anns.pth" in ann.models() and not sample(ann, "anns.pth").failed
    assert "was not found" in str(sample(ben, "anns.pth").error)
    assert "bens_0.pth" not in ben.models() and "bens_8.pth" in ben.models() and "bens_8.pth" not in ann.models()


# ---- measurements, places in the queue


def test_only_who_started_a_measurement_stops_it(ann, ben, monkeypatch):
    lanes = [{"runner": "ddim", "steps": 2}, {"runner": "ddpm", "steps": 2}]
    for who in (ann, ben):
        who.call(who.endpoint("race"), ["tiny", lanes, "one of each, in turn", 1, 0, True], who.session)
    ddim, ddpm = ("ddim", 2, 0, "beta"), ("ddpm", 2, 0, "beta")
    race = [2, *ddim, *ddpm, *ddim, *ddim]
    *_plans, page = (one for one in ann.endpoints if one.runs_here and len(one.inputs) == 5 + len(race))
    assert not ann.call(page, ["tiny", "one of each, in turn", 1, 0, True, *race], ann.session).failed
    assert not ann.ask_for("measure", None).failed
    assert "somebody else started" in str(ben.ask_for("stop_measurement").error)
    assert not ann.ask_for("stop_measurement").failed


def test_one_visitor_cannot_take_all_places_of_the_queue(ann, ben):
    ids = []
    try:
        while not (answer := started(ann, None, steps=100_000)).failed:
            ids.append(answer.value[0])
            assert len(ids) < 20
        assert f"you have {len(ids)} unfinished trainings already" in str(answer.error)
        other = started(ben, None, steps=1)
        assert not other.failed
    finally:
        for job_id in ids:
            ann.ask_for("stop_training", job_id)
    until_rested(ben, other.value[0])


def test_one_visitor_cannot_fill_the_queue_of_events(ann, ben):
    slow = {"fn_index": ann.endpoint("sample").index, "trigger_id": None,
            "data": ["tiny", "one of each, in turn", "ddpm", 500, 16, 1, 0, False, False]}   # fmt: skip
    answers = [ann.post("queue/join", slow | {"session_hash": ann.session}) for _ in range(25)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused and all(answer.status_code == 503 for answer in refused)
    assert "waits already" in refused[0].json()["detail"]
    assert ben.post("queue/join", slow | {"session_hash": ben.session}).status_code == 200
    for who in (ann, ben):   # who goes away leaves the queue
        with who.http.stream("GET", f"{API}/queue/data", params={"session_hash": who.session}):
            pass


# ---- other websites


@pytest.mark.parametrize("path", ["component_server", "upload", "queue/join", "run/predict", "cancel"])
def test_another_website_cannot_ask_for_a_visitor(ann, path):
    body, kind = b"{}", "text/plain"
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"):
        answer = ann.http.post(f"{API}/{path}", content=body, headers={"content-type": kind, "origin": origin})
        assert answer.status_code == 403 and "another website" in answer.text
    own = {"content-type": kind, "origin": ann.url.rstrip("/")}
    assert "another website" not in ann.http.post(f"{API}/{path}", content=body, headers=own).text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "hf.space.evil", "a b"]
)
def test_no_foreign_name_leads_here(ann, host):
    for method, path in (("GET", "/"), ("GET", "/config"), ("POST", f"{API}/queue/join")):
        answer = ann.http.request(method, path, headers={"host": host})
        assert answer.status_code == 421 and "SPRITE_LAB_HOSTS" in answer.text


@pytest.mark.parametrize(
    "host", ["localhost:7860", "127.0.0.1", "[::1]:7860", "192.168.1.20:7860", "someone-lab.hf.space"]
)
def test_the_names_of_this_machine_do(ann, host):
    assert ann.http.get("/config", headers={"host": host}).status_code == 200


# ---- bodies


def test_a_large_question_is_refused_before_it_is_read(ann):
    for path in ("component_server", "queue/join", "run/sample", "cancel"):
        for content in (b'{"data": "' + bytes(MAX_BODY) + b'"}', iter([b"x" * 200_000] * 50)):
            answer = ann.http.post(f"{API}/{path}", content=content, headers={"content-type": "application/json"})
            assert answer.status_code == 413 and len(answer.content) < 500
    assert not sample(ann, "tiny").failed


def test_files_come_by_an_upload_alone(ann):
    for path in ("component_server", "process_recording"):
        assert ann.http.post(f"{API}/{path}", files={"files": ("a.png", b"x")}).status_code == 415
    answer = ann.http.post(f"{API}/upload", files={"files": ("virus.exe", b"x")})
    assert answer.status_code == 413 and "virus.exe is of no kind that is read here" in answer.text
    chunks = ann.http.post(
        f"{API}/upload", content=iter([b"x"] * 3), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert chunks.status_code == 411


def test_a_visitor_is_known_by_a_cookie_that_scripts_cannot_read(app_url):
    import httpx

    first = httpx.get(app_url, headers=PAGE)
    given = first.headers["set-cookie"]
    assert given.startswith(f"{COOKIE}=") and "HttpOnly" in given and "SameSite=Lax" in given and "Secure" not in given
    again = httpx.get(app_url, headers=PAGE | {"cookie": given.partition(";")[0]})
    assert again.headers["set-cookie"].partition(";")[0] == given.partition(";")[0]
    space = httpx.get(app_url, headers=PAGE | {"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert "Secure; SameSite=None; Partitioned" in space
    assert "img-src 'self'" in first.headers["content-security-policy"]
    forged = httpx.get(app_url, headers=PAGE | {"cookie": f"{COOKIE}=short"}).headers["set-cookie"]
    assert f"{COOKIE}=short;" not in forged


def test_programs_without_a_cookie_keep_their_models_to_themselves(app_url, tmp_path):
    ann, ben = RawApp(app_url), RawApp(app_url)
    file = ann.upload(course_file(tmp_path, "of_a_program.pth", n_feat=16))
    opened = ann.endpoint("open_model")
    assert not ann.call(opened, [file], "session-a").failed
    data = ["of_a_program.pth", "one of each, in turn", "ddim", 2, 1, 1, 0, False, False]
    assert not ann.call(ann.endpoint("sample"), data, "session-a").failed
    assert "was not found" in str(ben.call(ben.endpoint("sample"), data, "session-b").error)


def test_half_a_character_and_no_session_are_told(ann):
    for body in (b'{"data": ["\\ud800"], "fn_index": 1, "session_hash": "x"}', b'{"data": ["\\uD83D"]}', b"{", b"NaN"):
        answer = ann.send("queue/join", body, "application/json")
        assert answer.status_code == 400 and answer.json()["detail"].endswith(("can be read.", "a finite one."))
    whole = b'{"data": ["\\ud83d\\ude00"], "fn_index": %d, "session_hash": ""}' % ann.endpoint("sample").index
    answer = ann.send("queue/join", whole, "application/json")
    assert answer.status_code == 400 and "tells the session" in answer.json()["detail"]


@pytest.mark.parametrize("path", [[], {}, 0, [1]])
def test_a_recipe_with_a_path_that_is_none_is_told(ann, path):
    recipe = {"checkpoint": "tiny", "config": {"n": 1, "steps": 2}, "weights": [["hero", 1.0]], "path": path}
    answer = ann.ask(ann.server_function("sample-player", "png"), recipe, ann.session)
    assert answer.failed and "do not describe a run" in str(answer.error)
