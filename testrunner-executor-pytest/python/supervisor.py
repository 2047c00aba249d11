"""Starts the zygote of one Testrun. Its standard input is the control socket.

Only the processes that run a test file come back from `zygote.main`, two forks later: so a test has next to
nothing of ours above it on the stack, and leaves through the normal end of the interpreter.
"""

import sys

if __name__ == "__main__":
    from testrunner_runtime import child, zygote

    child.run(*zygote.main(sys.argv[1:]))
