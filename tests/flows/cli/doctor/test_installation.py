import sys
from importlib.metadata import version

from packaging.requirements import Requirement

from sweepflow.flows.cli.doctor.installation import check_installation, check_packages


def test_this_installation_is_as_it_should_be() -> None:
    (found,) = check_installation()
    assert found.is_ok
    assert found.message.startswith(f"Sweepflow {version('sweepflow')}, Python 3.")


def test_what_is_missing_or_too_new_is_told_with_the_command_that_installs_it() -> None:
    here = version("fastapi")
    wanted = [
        Requirement(f"fastapi<{here}"),
        Requirement(f"fastapi<={here}"),
        Requirement("no-such-package>=2"),
    ]
    too_new, missing = check_packages(wanted)
    assert too_new.message == f"fastapi is {here}, but Sweepflow needs fastapi<{here}"
    assert too_new.fixes == (f"{sys.executable} -m pip install 'fastapi<{here}'",)
    assert missing.message == "no-such-package>=2 is not installed"
    assert missing.fixes == (f"{sys.executable} -m pip install 'no-such-package>=2'",)
