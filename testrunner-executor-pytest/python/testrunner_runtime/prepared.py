"""The prepared start: pytest runs once up to where it meets the tests, and forks there.

That is where it would load conftests, or, where nothing speaks against it, still later: where it would collect.
Up to there all is the same for every file. From there on each child runs pytest's own `main`.
"""

import pytest

from testrunner_runtime import child, fitness, mount, names, plugin, preload


def start(template, file, fork):
    """Starts pytest. In children it runs their file and leaves; here it comes back when pytest ends early.

    `file` is the first one. `fork` is told whether something is in the way of a fork. It returns in children only,
    with what `child.run` takes.
    """
    preload.set_arguments(template)
    mounted = []
    point = ForkPoint(template, file, fork, mounted.append)
    try:
        status = int(pytest.main(list(template), plugins=[point]))
    except Unprepared:
        pass
    except BaseException:
        if mounted:
            raise
        # Not ours to report: each child will come to the same.
        return
    if point.unprepared is not None:
        child.run(*point.unprepared)
    if mounted:
        child.finish(*mounted, status)


class Unprepared(BaseException):
    """In a child: what was prepared does not hold for its file. Ends pytest, to be started from its beginning."""


class ForkPoint:
    """The plugin at whose hooks the process divides."""

    def __init__(self, template, file, fork, keep):
        self._template = template
        self._file = file
        self._fork = fork
        #: Takes what a child has of its own, to be found by nothing that has a name.
        self._keep = keep
        #: What `child.run` takes, where a child needs a fresh start.
        self.unprepared = None

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config, args):
        names.remember(early_config.pluginmanager.get_plugins())
        if not self._is_outermost(early_config) or fitness.loads_tests(early_config):
            self._fork(True)
        options = early_config.known_args_namespace
        if fitness.may_wait(early_config, self._file):
            without, options.noconftest = options.noconftest, True
            early_config.pluginmanager.register(Later(self, without))
        else:
            ours = self.divide(early_config, fitness.holds_for)
            args.append(ours[0]["arg"])
            _name_file(early_config, ours[0])
            self.mount(early_config, mount.blank(), ours)
        yield

    def divide(self, config, fits):
        """In children, returns what `child.run` takes."""
        ours = self._fork(False)
        self._fork = None
        if not fits(config, self._template, ours[0]):
            self.give_up(config, ours)
        return ours

    def give_up(self, config, ours):
        # A session that has begun would say that this is an error.
        plugin.redirect(config, plugin.Screen())
        self.unprepared = ours
        raise Unprepared

    def mount(self, config, plugins, ours):
        """Gives the plugins their file, and registers those that are not yet."""
        more, mine = mount.fill(plugins, *ours)
        self._keep(mine)
        self._keep = None
        for each in (*plugins, *more):
            if not config.pluginmanager.is_registered(each):
                config.pluginmanager.register(each)

    def _is_outermost(self, config):
        """Whether no other plugin has started its work at this hook before us."""
        wrappers = [
            each
            for each in config.hook.pytest_load_initial_conftests.get_hookimpls()
            if each.hookwrapper or getattr(each, "wrapper", False)
        ]
        return wrappers[-1].plugin is self


class Later:
    """The plugin at which the process divides when a session is there already."""

    def __init__(self, point, without):
        self._point = point
        #: Whether the user wants no conftests.
        self._without = without

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config):
        plugin.settle(config)
        yield

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session):
        plugins, manager = mount.blank(), session.config.pluginmanager
        # Now, so that they are the outermost at their hooks, and this one of all.
        for each in (*plugins, Last(lambda session: self._divide(session, plugins))):
            manager.register(each)

    def _divide(self, session, plugins):
        """In children, where `plugins` get their file."""
        config, point = session.config, self._point
        ours = point.divide(config, fitness.holds_later_for)
        job = ours[0]
        _name_file(config, job)
        config.args = config.option.file_or_dir = [job["arg"]]
        if hasattr(config, "args_source"):
            config.args_source = config.ArgsSource.ARGS
        fitness.make_own(config, job)
        manager = config.pluginmanager
        before = manager.list_name_plugin()
        try:
            config.known_args_namespace.noconftest = self._without
            config.pytest_load_initial_conftests(config)
        except BaseException:
            # Comes once more, where pytest expects it.
            point.give_up(config, ours)
        # By name and in order: a conftest may have thrown another plugin out.
        if manager.list_name_plugin() != before:
            # Conftests: they come before ours at their hooks.
            for each in plugins:
                manager.unregister(each)
        point.mount(config, plugins, ours)
        plugins[0].pytest_sessionstart(session)


class Last:
    def __init__(self, divide):
        self._divide = divide

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection(self, session):
        divide, self._divide = self._divide, None
        divide(session)
        yield


def _name_file(config, job):
    """Makes a command line that was read without a file one that was read with it."""
    config.known_args_namespace.file_or_dir = [job["arg"]]
    before = config.invocation_params
    line = child.command_line(job)
    config.invocation_params = type(before)(args=line, plugins=before.plugins, dir=before.dir)
