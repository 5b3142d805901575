"""A kind of trial from outside Sweepflow's packages."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier, export_text

from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.errors import Problem
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial, FunctionTrial
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.kind import ByKind, OtherParts, TrialKind


class ColumnTrial(TrialKind):
    """Train a decision tree that sees one column."""

    column: str = Field(description="The column to learn from.")

    @property
    def label(self) -> str:
        return f"a tree on {self.column}"

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:  # noqa: ARG002
        unknown = sorted(names - set(DecisionTreeClassifier().get_params()))
        return [Problem(f"search_space.{name}", "is no parameter of a tree") for name in unknown]

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        yield from super().check_with(parts)
        if parts.get("data", True) is None:
            yield Problem("data", "is required for a column")

    def train(self, job: Job, report: Reporter) -> Trained:
        assert job.data is not None
        assert job.folder is not None
        print(f"learns from {self.column}")
        features, target = features_and_target(load_part(job.data.folder, "train"), job.data)
        tree = DecisionTreeClassifier(random_state=0, **job.parameters)
        model = make_pipeline(ColumnTransformer([("one", "passthrough", [self.column])]), tree)
        model.fit(features, target)
        (job.folder / "tree.txt").write_text(export_text(tree))
        rows = features_and_target(load_part(job.data.folder, "validation"), job.data)
        metric = job.objective.primary_metric
        report({metric: Scoreboard(model, *rows, job.data).value(metric)})
        return Trained(lambda: model, {})


class WithColumn(Spec):
    """A spec whose union has one more name."""

    trial: Annotated[EstimatorTrial | FunctionTrial | ColumnTrial, ByKind()] = Field(description="What.")
