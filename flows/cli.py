"""The command line: `sweepflow`; each command is one file in flows/commands and one line here."""

import sys
from importlib.metadata import version
from typing import NoReturn

from cyclopts import App, CycloptsError

from flows.answers import invalid, keep_for_json
from flows.commands.backtest import backtest
from flows.commands.models import models
from flows.commands.promote import promote
from flows.commands.report import report
from flows.commands.resume import resume
from flows.commands.rollback import rollback
from flows.commands.run import run
from flows.commands.to_mlflow import to_mlflow
from sweepflow.errors import DataError, LedgerError, Problem, SpecError, SweepBusy

app = App(name="sweepflow", help="Hyperparameter tuning as a Prefect flow.", version=version("sweepflow"))
for command in (run, resume, backtest, report, models, promote, rollback, to_mlflow):
    app.command(command)


def main() -> NoReturn:
    """Run the command that the arguments name; ends the process with its exit code."""
    arguments = sys.argv[1:]
    is_json = "--json" in arguments
    if is_json:
        keep_for_json()
    try:
        sys.exit(app(arguments, exit_on_error=False, print_error=False, result_action="return_value"))
    except CycloptsError as error:
        problems = [Problem("", " ".join(str(error).split()))]
    except SpecError as error:
        problems = error.problems
    except DataError as error:
        problems = [Problem(error.path, error.message)]
    except (SweepBusy, LedgerError) as error:
        problems = [Problem("", str(error))]
    sys.exit(invalid(problems, is_json=is_json))


def run_spec_file() -> NoReturn:
    """`python -m flows.tune SPEC.yml ...` is `sweepflow run SPEC.yml ...`."""
    sys.argv.insert(1, "run")
    main()
