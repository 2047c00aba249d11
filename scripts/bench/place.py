"""Where things are, and what commands may see of the user's settings."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
#: Environments, batches and results; all of it can be made again.
HOME = ROOT / "target" / "bench"
RELEASE = ROOT / "target" / "release"
SAMPLES = ROOT / "sample_test_files"


def settings(**more):
    """The environment without anything that would change how tests run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TESTRUNNER_"))}
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", **more}


def note(text):
    """Tells how far it is."""
    print(text, file=sys.stderr, flush=True)
