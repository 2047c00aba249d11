# expect: errored; test_a=passed
# Has the reporter itself say that it has passed and pytest ended, and leaves with 0.
import os

from liar import reporter


def test_a(request):
    plugin = reporter(request)
    send = getattr(plugin, "_send", None) or getattr(getattr(plugin, "_channel", None), "send", print)
    send({"t": "end", "case": "test_a", "outcome": "passed", "us": 1, "message": None, "line": 1})
    send({"t": "closed", "status": 0})
    os._exit(0)
