"""Runs all checks and shows their findings."""

from rich.console import Console

from sweepflow.base.settings import home, ledger_url
from sweepflow.flows.cli.doctor.finding import Finding
from sweepflow.flows.cli.doctor.home import check_home
from sweepflow.flows.cli.doctor.installation import check_installation
from sweepflow.flows.cli.doctor.ledger import check_ledger
from sweepflow.flows.cli.doctor.processes import check_processes
from sweepflow.flows.cli.doctor.server import check_server
from sweepflow.flows.cli.doctor.sweeps import check_sweeps
from sweepflow.flows.cli.screen.text import text


def examine() -> list[Finding]:
    """Run all checks and return their findings."""
    url = ledger_url()
    ledger = check_ledger(url)
    findings = [*check_installation(), *check_home(home()), *ledger]
    if all(finding.is_ok for finding in ledger):
        findings += check_sweeps(url, home())
    return [*findings, *check_processes(), *check_server()]


def show_findings(console: Console, findings: list[Finding]) -> None:
    """Print a line for each finding, and below it what to do."""
    good, bad = ("✓", "✗") if "utf" in console.encoding else ("ok", "!!")
    for finding in findings:
        mark, style = (good, "green") if finding.is_ok else (bad, "bold red")
        console.print(text(mark, style), text(f"{finding.name:<10}"), text(finding.message), soft_wrap=True)
        for fix in finding.fixes:
            console.print(text(f"    {fix}"), soft_wrap=True)
