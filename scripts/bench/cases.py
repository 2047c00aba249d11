"""Whether a suite's cases end as `pytest FILE` says, one by one."""

import shutil

import parity
from bench.place import note


def check(name, options, figures):
    """Counts the differences that nothing explains."""
    note(f"{name}: case by case against pytest FILE")
    (project,) = (project for project in parity.PROJECTS if project.name == name)
    try:
        folder = parity.sources(project)
        python = parity.environment(project, folder)
        expected, expected_files = parity.by_pytest(python, folder, project, 2)
        cases, files = parity.by_testrunner(options.testrunner, python, folder, project, 2)
    except SystemExit as error:
        return figures.miss(f"parity of {name}", error)
    finally:
        shutil.rmtree(parity.HOME / "data", ignore_errors=True)
    found = [*parity.compare(project, expected, cases), *parity.compare(project, expected_files, files)]
    unexplained = [one for one in found if one[3] is None]
    figures.parity[name] = {"cases": len(expected), "files": len(expected_files), "differences": len(unexplained)}
    for case, theirs, ours, _ in unexplained[:10]:
        figures.miss(f"parity of {name}", f"{case}: pytest says {theirs}, testrunner says {ours}")
