"""The plugins of a child."""

from testrunner_runtime import plugin, scope, shared


def blank():
    """The plugins that every file has, before it is known which one that is."""
    return plugin.Reporter(), scope.Scope()


def fill(plugins, job, link, close, line):
    """Gives them their file. Returns the plugins that this file has besides, and what `child.finish` takes, which nothing
    that has a name should lead to."""
    reporter, narrow = plugins
    reporter.move(link, job["file"])
    narrow.move(job["arg"])
    mine, more = [close, reporter], []
    if job["stay"]:

        def keep(now):
            mine[:] = now

        more.append(shared.Shared(line, narrow, reporter, job, close, keep))
    return more, mine


def mount(*ours):
    """All plugins of a file, and what `child.finish` takes."""
    plugins = blank()
    more, mine = fill(plugins, *ours)
    return [*plugins, *more], mine
