"""`python -m heatmon` is `heatmon`: for processes that start themselves again, wherever the script is."""

import sys

from heatmon.cli import main

if __name__ == "__main__":
    sys.exit(main())
