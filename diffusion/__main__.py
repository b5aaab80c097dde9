"""python -m diffusion COMMAND: see diffusion/cli/."""

import sys

from diffusion.cli import main

if __name__ == "__main__":
    sys.exit(main())
