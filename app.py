"""Start the Sprite Diffusion Lab: python app.py, then open http://127.0.0.1:7860."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")   # before gradio is imported: no look-up at start

from diffusion.support.faults import exit_code
from diffusion.ui import build_app


def main() -> None:
    """Build the app and serve it."""
    demo, options = build_app()
    demo.launch(**options)


if __name__ == "__main__":
    sys.exit(exit_code(main))
