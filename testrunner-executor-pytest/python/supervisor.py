"""Starts the keeper of one test file. Its standard input is the control socket.

All modules are imported before anything of the tests is near, and the folder of this file then leaves
`sys.path`, so that tests see the path that the `pytest` command gives them.
"""

import sys

if __name__ == "__main__":
    from testrunner_runtime import keeper

    keeper.main()
