"""Makes of what the files of a Testrun have measured what pytest-cov leaves when one process runs them all.

A program of its own, run in the root of the tests: `combine.py FOLDER WORD…` takes all data files in the folder. The
words are those that pytest is told. What it prints are complaints.
"""

import argparse
import os
import sys

#: The reports that are files: how coverage makes each, and what it calls the place.
REPORTS = {
    "annotate": ("annotate", "directory"),
    "html": ("html_report", "directory"),
    "json": ("json_report", "outfile"),
    "lcov": ("lcov_report", "outfile"),
    "xml": ("xml_report", "outfile"),
}


def main(folder, words):
    import coverage

    options = read(words)
    sources = None if True in options.cov_source else options.cov_source
    whole = coverage.Coverage(source=sources, branch=options.cov_branch, config_file=options.cov_config)
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    try:
        if options.cov_append:
            whole.load()
        whole.combine(files, strict=True)
        whole.save()
    except coverage.CoverageException as error:
        sys.exit(str(error))
    # What the files have reported each is of their own, and who has no data removes what others have written.
    for report in options.cov_report:
        kind, _, place = report.partition(":")
        if kind in REPORTS:
            method, where = REPORTS[kind]
            try:
                getattr(whole, method)(ignore_errors=True, **{where: place or None})
            except coverage.CoverageException as error:
                print("no report %s: %s" % (report, error))


def read(words):
    """The options of pytest-cov, as it declares them."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--cov", action="append", default=[], nargs="?", const=True, dest="cov_source")
    parser.add_argument("--cov-reset", action="store_const", const=[], dest="cov_source")
    parser.add_argument("--cov-report", action="append", default=[])
    parser.add_argument("--cov-config", default=".coveragerc")
    parser.add_argument("--cov-append", action="store_true")
    parser.add_argument("--cov-branch", action="store_true", default=None)
    return parser.parse_known_args(words)[0]


if __name__ == "__main__":
    # The tests' folder in place of ours, and not before coverage itself.
    sys.path[0:1] = []
    sys.path.append(os.getcwd())
    sys.stderr = sys.stdout
    main(sys.argv[1], sys.argv[2:])
