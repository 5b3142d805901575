"""The experiment that a run belongs to."""

from azureml.core.workspace import Workspace


class Experiment:
    """A name for runs that belong together, in a workspace."""

    def __init__(self, workspace: Workspace, name: str = "sweepflow", **_: object) -> None:
        self.workspace = workspace
        self.name = name
