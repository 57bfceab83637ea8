"""`python -m superalign`."""

import sys

from superalign.cli import main


def run() -> None:
    """Exit with the command line's code."""
    sys.exit(main())


if __name__ == "__main__":
    run()
