"""The script that a v1 run trains with, as the fields of a command trial."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sweepflow.azure.hyperdrive.refusal import NotebookError, note

_LONGEST_SECONDS = 2_592_000
"""The 30 days that a run has if nothing is said; here that means no limit."""


class Argument(NamedTuple):
    """A parameter that is drawn: the option by which the script gets it, and its name in our search space."""

    option: str
    name: str

    @classmethod
    def of(cls, key: str) -> "Argument":
        """The argument of a key such as `--learning-rate`; without dashes it gets two."""
        name = re.sub(r"\W", "_", key.lstrip("-"))
        return cls(key if key.startswith("-") else f"--{key}", name)

    @property
    def template(self) -> str:
        """What stands for its value in a command."""
        return f"${{{{search_space.{self.name}}}}}"


class ScriptRunConfig:
    """A script with its arguments, and the folder that it runs in."""

    def __init__(
        self,
        source_directory: str | None = None,
        script: str | None = None,
        arguments: Sequence[Any] | None = None,
        run_config: Any = None,
        _telemetry_values: Any = None,
        compute_target: Any = None,
        environment: Any = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: float | None = _LONGEST_SECONDS,
        command: str | Sequence[Any] | None = None,
        **_in_the_cloud: Any,
    ) -> None:
        self.source_directory = str(source_directory or ".")
        self.script = script
        self.arguments = list(arguments or [])
        self.run_config = run_config
        self.compute_target = compute_target
        self.environment = environment
        self.max_run_duration_seconds = max_run_duration_seconds
        self.command = command
        if distributed_job_config is not None or resume_from is not None:
            raise NotebookError("ScriptRunConfig: a script runs here in one process, from its start")

    @property
    def timeout(self) -> float | None:
        """The most seconds that one run may take; None: any."""
        return None if self.max_run_duration_seconds == _LONGEST_SECONDS else self.max_run_duration_seconds

    def trial(self, drawn: Iterable[Argument]) -> dict[str, Any]:
        """The fields of a trial that gets these arguments after its own; NotebookError without a script."""
        folder = self._folder()
        line = self._line(folder)
        options = [f"{argument.option} {argument.template}" for argument in drawn]
        return {
            "command": " ".join([line, *options]),
            "code": str(folder),
            "azureml": "v1",
            "environment_variables": self.environment_variables,
        }

    @property
    def environment_variables(self) -> dict[str, str]:
        """The variables that the script gets beside its usual ones."""
        variables = getattr(self.environment, "environment_variables", None) or {}
        return {name: str(value) for name, value in variables.items()}

    def inputs(self) -> dict[str, Path]:
        """The data sets among the arguments: the local file or folder of each, by its name."""
        return dict(filter(None, map(_input, self.arguments)))

    def _folder(self) -> Path:
        """The folder of the script; the working directory if the script lies there instead."""
        folder, here = Path(self.source_directory).expanduser().absolute(), Path.cwd()
        if self.script and not (folder / self.script).is_file() and (here / self.script).is_file():
            note(f"there is no '{self.script}' in '{self.source_directory}': the one in '{here}' is used")
            return here
        if not folder.is_dir():
            raise NotebookError(f"there is no source_directory '{folder}'")
        return folder

    def _line(self, folder: Path) -> str:
        if self.command is not None:
            parts = [self.command] if isinstance(self.command, str) else map(_word, self.command)
            return " ".join(parts)
        if not self.script:
            raise NotebookError("ScriptRunConfig needs a script, such as script='train.py'")
        if not (folder / self.script).is_file():
            raise NotebookError(
                f"there is no script '{self.script}' in '{folder}': name its source_directory"
            )
        return " ".join(["python", shlex.quote(self.script), *map(_word, self.arguments)])


class Estimator(ScriptRunConfig):
    """The older way to name a script: `Estimator`, `SKLearn`, and those of the other frameworks."""

    def __init__(
        self,
        source_directory: str | None = None,
        *,
        entry_script: str | None = None,
        script_params: Mapping[str, Any] | None = None,
        inputs: Sequence[Any] = (),
        environment_variables: Mapping[str, Any] | None = None,
        max_run_duration_seconds: float | None = _LONGEST_SECONDS,
        **_in_the_cloud: Any,
    ) -> None:
        pairs = [(option, value) for option, value in (script_params or {}).items()]
        words = [word for option, value in pairs for word in ([option] if value == "" else [option, value])]
        super().__init__(
            source_directory, entry_script, words, max_run_duration_seconds=max_run_duration_seconds
        )
        self._inputs = list(inputs)
        self._variables = dict(environment_variables or {})

    @property
    def environment_variables(self) -> dict[str, str]:
        """The variables that were given."""
        return {name: str(value) for name, value in self._variables.items()}

    def inputs(self) -> dict[str, Path]:
        """The data sets among the parameters and the inputs."""
        return {**super().inputs(), **dict(filter(None, map(_input, self._inputs)))}


def _word(argument: Any) -> str:
    """One word of a command: the template of an input for a data set, the text of anything else."""
    named = _input(argument)
    return f"${{{{inputs.{named[0]}}}}}" if named else shlex.quote(str(argument))


def _input(argument: Any) -> tuple[str, Path] | None:
    """The name and the local file or folder of a data set; None for any other argument."""
    dataset = getattr(argument, "dataset", argument)
    if not hasattr(type(dataset), "local_paths"):
        return None
    return input_name(argument.name or "input"), dataset.local_paths[0]


def input_name(name: str) -> str:
    """The name of an input in a spec; the stand-in finds a data set by it, whatever its punctuation."""
    return re.sub(r"\W|^(?=\d)", "_", name)
