"""`python3 scripts/bench`"""

import pathlib
import sys

# The package's parent instead of the package itself, so that its modules are found under one name only.
sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from bench.command import main  # noqa: E402

main()
