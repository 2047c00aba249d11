"""Starts the zygote of one Testrun. Its standard input is the control socket; its argument is the session's folder.

It is a file of its own so that nothing else of ours is what Python takes for its main module.
"""

import sys

if __name__ == "__main__":
    from testrunner_runtime import start

    start.main(*sys.argv)
