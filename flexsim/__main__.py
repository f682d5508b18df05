"""``python -m flexsim``: the same as the command ``flexsim``."""

import sys

from flexsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
