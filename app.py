"""Start the Sprite Diffusion Lab: python app.py [--class], then open http://127.0.0.1:7860."""

import argparse
import os
import signal
import sys
from contextlib import suppress
from typing import Any

# Before gradio is imported: no look-up at start, and no table of all events summed up anew after each of them, which
# costs up to 20 ms an event and memory that never comes back.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))

# A host that lends GPUs brings this package, which must come before torch.
with suppress(ImportError):
    import spaces  # noqa: F401

from diffusion.support.addresses import machine_addresses
from diffusion.support.faults import exit_code
from diffusion.ui import build_app
from diffusion.ui.classroom.announcement import EVERY_NETWORK, announcement


def main() -> None:
    """Build the app and serve it, to this machine alone or to a class."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)   # a host that ends the program: as Ctrl+C does
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--class", action="store_true", dest="to_class", help="serve everybody on the same network")
    to_class = asked.parse_args().to_class
    demo, options = build_app()
    if to_class:
        serve_class(demo, options)
    else:
        demo.launch(**options)
    demo.close()


def serve_class(demo: Any, options: dict[str, Any]) -> None:
    """Serve to all networks of this machine, and say by which addresses it is reached."""
    demo.launch(**options, server_name=EVERY_NETWORK, prevent_thread_lock=True)
    sys.stdout.write(announcement(machine_addresses(), demo.server_port, sys.stdout.encoding))
    sys.stdout.flush()
    demo.block_thread()


if __name__ == "__main__":
    sys.exit(exit_code(main))
