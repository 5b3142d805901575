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

    findings = examine()
    is_healthy = all(finding.is_ok for finding in findings)
    if is_json:
        fields = [{**finding._asdict(), "is_ok": finding.is_ok} for finding in findings]
        answer({"is_healthy": is_healthy, "findings": fields})
    else:
        show_findings(Console(highlight=False), findings)
    return DONE if is_healthy else FAILED
