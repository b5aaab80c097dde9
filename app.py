"""Start the Sprite Diffusion Lab: python app.py, then open http://127.0.0.1:7860."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")   # before gradio is imported: no look-up at start

from diffusion.ui import build_app

if __name__ == "__main__":
    demo, options = build_app()
    demo.launch(**options)
