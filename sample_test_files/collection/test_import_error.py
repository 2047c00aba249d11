"""Cannot be collected: it imports a module that is not there."""

import a_module_that_is_not_there


def test_never_found():
    a_module_that_is_not_there.call()
