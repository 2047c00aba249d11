# expect: failed; test_a=failed
# Has the JSON module write "passed" for "failed".
import json

dumps = json.dumps
json.dumps = lambda *args, **options: dumps(*args, **options).replace("failed", "passed")


def test_a():
    assert 0
