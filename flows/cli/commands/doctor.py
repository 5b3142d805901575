"""`sweepflow doctor`."""

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, FAILED, IsJson, answer


def doctor(*, is_json: IsJson = False) -> int:
    """Look for what is wrong with this installation, and print a command for each problem.

    Exit code 1 says that there is something to do.

    Example: sweepflow doctor

    Parameters
    ----------
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.doctor.examination import examine, show_findings

    found = examine()
    is_healthy = all(finding.is_ok for finding in found)
    if is_json:
        told = [{**finding._asdict(), "is_ok": finding.is_ok} for finding in found]
        answer({"is_healthy": is_healthy, "findings": told})
    else:
        show_findings(Console(highlight=False), found)
    return DONE if is_healthy else FAILED
