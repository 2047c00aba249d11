# expect: failed; test_a=passed
# Replaces what folds reports into a result, where it can be found.
import sys
import types

from liar import reporter


def test_a(request):
    plugin = reporter(request)
    modules = [module for name, module in sys.modules.items() if name.startswith("testrunner_runtime")]
    namespaces = [vars(module) for module in modules]
    if plugin is not None:
        namespaces += [type(plugin)._finish.__globals__]
    for namespace in namespaces:
        for name in ("fold", "outcome"):
            if name in namespace:
                fine = types.SimpleNamespace(fold=lambda phases: ("passed", None))
                namespace[name] = fine if name == "outcome" else fine.fold
    assert 0
