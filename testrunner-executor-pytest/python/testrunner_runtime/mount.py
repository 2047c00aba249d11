"""The plugins of a child."""

from testrunner_runtime import plugin, scope, shared


def mount(job, link, close, line):
    """The plugins for a file, and what `child.finish` takes, which nothing that has a name should lead to."""
    reporter = plugin.Reporter(link, job["file"])
    mine = [close, reporter]
    plugins = [reporter, scope.Scope(job["arg"])]
    if job["stay"]:

        def keep(now):
            mine[:] = now

        plugins.append(shared.Shared(line, plugins[1], reporter, job, close, keep))
    return plugins, mine
