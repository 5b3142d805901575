"""How the decision between two classes is asked for."""

from pydantic import Field

from sweepflow.fields.model import SpecModel


class Threshold(SpecModel, title="threshold"):
    """How the decision between two classes is made, once the probabilities are known."""

    metric: str = Field(
        description="The metric that the threshold is best by, on the validation rows or the held-out rows "
        "of the folds: one of classes, such as f1, or a function of your own that is the primary metric too."
    )
