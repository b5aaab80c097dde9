"""The JavaScript of diffusion/browser/ on a plain page, without the app: its files and some models, served here."""

import base64
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np

import diffusion.browser

CODE = Path(diffusion.browser.__file__).parent
KINDS = {".js": "text/javascript", ".wasm": "application/wasm", ".wgsl": "text/plain"}
PAGE = b"<!doctype html><title>The browser's device</title><link rel='icon' href='data:,'>"
# What tests call in the page; arrays come and go as base64 of float32.
TOOLS = """async () => {
    const load = (name) => import(`/code/${name}.js`);
    const parts = ["torch_noise", "schedule", "samplers", "sampling", "pixels", "memory", "weights_file", "palette"];
    const wholes = ["pool", "film", "noise_runs", "edit_runs", "judge", "activations", "graphics_memory"];
    window.lab = Object.assign({}, ...await Promise.all([...parts, ...wholes].map(load)));
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    lab.floats = (text) => new Float32Array(bytes(text).buffer);
    lab.text = (array) => {
        let text = "";
        for (const byte of new Uint8Array(array.buffer)) text += String.fromCharCode(byte);
        return btoa(text);
    };
    lab.file = async (name) => (await fetch(`/files/${name}`)).arrayBuffer();
    lab.open = async (name, kernels = "kernels") => {
        const module = await WebAssembly.compile(await (await fetch(`/code/${kernels}.wasm`)).arrayBuffer());
        return new lab.BrowserModel(await lab.openMemory(module), lab.readModel(await lab.file(name)));
    };
    lab.steps = (model, run, sprites) => Array.fromAsync(lab.spriteSteps(model, run, sprites));
    lab.ends = async (model, run, sprites) => (await lab.steps(model, run, sprites)).at(-1).xNext;
    lab.each = async (items, act) => {   // one after the other
        const made = [];
        for (const item of items) made.push(await act(item));
        return made;
    };
}"""


@contextmanager
def plain_server(files):
    """Serves the code at /code/ and the `files`, bytes by name, at /files/: its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            place, _, name = self.path.lstrip("/").rpartition("/")
            found = {"code": CODE / name, "files": name}.get(place)
            body = files[found] if isinstance(found, str) else found.read_bytes() if found else PAGE
            self.send_response(200)
            self.send_header("content-type", KINDS.get(Path(name).suffix, "text/html"))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def as_text(array):
    """float32 numbers as the page takes them."""
    return base64.b64encode(np.asarray(array, np.float32).tobytes()).decode()


def as_floats(text):
    """float32 numbers from the page."""
    return np.frombuffer(base64.b64decode(text), np.float32)
