"""Start the Sprite Diffusion Lab: python app.py, then open http://127.0.0.1:7860."""

import os
import sys

# Before gradio is imported: no look-up at start, and no table of all events summed up anew after each of them, which
# costs up to 20 ms an event and memory that never comes back.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))

from diffusion.support.faults import exit_code
from diffusion.ui import build_app


def main() -> None:
    """Build the app and serve it."""
    demo, options = build_app()
    demo.launch(**options)


if __name__ == "__main__":
    sys.exit(exit_code(main))
