# expect: crashed; test_a=crashed
# Has the reporter say nothing any more.
from liar import reporter


def test_a(request):
    plugin = reporter(request)
    if plugin is not None:
        plugin._channel = None
        for name in ("_send", "_boundary"):
            setattr(plugin, name, lambda *_: None)
    assert 0
