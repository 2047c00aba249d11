"""From pytest's reports to outcomes and messages."""


def text_of(report):
    """The failure with its traceback, then what was logged, which no output shows."""
    try:
        text = report.longreprtext
    except Exception:
        text = str(getattr(report, "longrepr", ""))
    for title, content in getattr(report, "sections", ()):
        if title.startswith("Captured log"):
            text += "\n----- %s -----\n%s" % (title, content)
    return text


def reason_of(report):
    """Why something was skipped, or expected to fail."""
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        reason = str(expected)
        return reason[len("reason: ") :] if reason.startswith("reason: ") else reason
    longrepr = getattr(report, "longrepr", None)
    reason = longrepr[2] if isinstance(longrepr, tuple) and len(longrepr) == 3 else text_of(report)
    reason = str(reason)
    return reason[len("Skipped: ") :] if reason.startswith("Skipped: ") else reason


def single(report):
    """Outcome and message of one report: of a call, a subtest or a collection."""
    expected = hasattr(report, "wasxfail")
    if report.outcome == "passed":
        return ("xpassed", reason_of(report)) if expected else ("passed", None)
    if report.outcome == "skipped":
        return ("xfailed" if expected else "skipped"), reason_of(report)
    return "failed", text_of(report)


def fold(phases):
    """Outcome and message of one test, from its reports by phase."""
    setup, call, teardown = (phases.get(when) for when in ("setup", "call", "teardown"))
    if call is not None:
        outcome, message = single(call)
    elif setup is not None and setup.outcome == "failed":
        outcome, message = "error", text_of(setup)
    elif setup is not None and setup.outcome == "skipped":
        outcome, message = single(setup)
    elif setup is not None:
        # With --setup-only and its like pytest itself is content without a call.
        outcome, message = "passed", None
    else:
        outcome, message = "error", "pytest reported neither setup nor call of this test"
    if teardown is not None and teardown.outcome == "failed":
        text = text_of(teardown)
        if outcome in ("failed", "error"):
            message = "%s\n\nthe teardown failed too:\n%s" % (message, text)
        else:
            outcome, message = "error", text
    return outcome, message
