# expect: errored; test_a=passed
# Finds what sends among all objects, and has it say that it has passed before it fails.
import gc


def test_a():
    frame = {"t": "end", "case": "test_a", "outcome": "passed", "us": 1, "message": None, "line": 1}
    for thing in gc.get_objects():
        if getattr(type(thing), "__module__", "").startswith("testrunner_runtime") and hasattr(thing, "send"):
            thing.send(frame)
        elif callable(thing) and getattr(thing, "__qualname__", "").endswith("<locals>.send"):
            if str(getattr(thing, "__module__", "")).startswith("testrunner_runtime"):
                thing(frame)
                break
    assert 0
