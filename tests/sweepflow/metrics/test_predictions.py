import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sweepflow.data.prepared import PreparedData
from sweepflow.metrics import predictions
from sweepflow.metrics.predictions import Predictions

N_ROWS = 500
DATA = PreparedData(
    **dict.fromkeys(("boolean", "categorical", "date", "notices"), ()),
    **{"numeric": ("a", "b"), "date_formats": {}, "folder": "", "fingerprint": "", "target": "y"},
    is_classification=True,
    labels=("no", "perhaps", "yes"),
    positive_label=None,
    n_rows={"train": N_ROWS},
)


class Observed(ClassifierMixin):
    """Says how many rows it has been asked about together."""

    def __init__(self, model):
        self.model, self.n_asked = model, []
        self.classes_ = model.classes_

    def predict(self, rows):
        self.n_asked.append(len(rows))
        return self.model.predict(rows)


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    return pd.DataFrame(random.normal(size=(N_ROWS, 2)), columns=["a", "b"])


@pytest.fixture
def model(rows):
    target = np.random.default_rng(1).choice(["no", "perhaps", "yes"], N_ROWS)
    return Pipeline([("preprocess", StandardScaler()), ("estimator", LogisticRegression())]).fit(rows, target)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_what_a_model_says_of_many_rows_batch_by_batch_is_what_it_says_of_all(
    monkeypatch, model, rows, method
):
    expected = getattr(Predictions(model, rows, DATA), method)(np.arange(N_ROWS))
    monkeypatch.setattr(predictions, "_MOST_AT_ONCE", 7)
    found = getattr(Predictions(model, rows, DATA), method)(np.arange(N_ROWS))
    if method == "predict":
        assert found.tolist() == expected.tolist()
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_model_of_other_making_is_asked_about_all_rows_at_once(monkeypatch, model, rows):
    monkeypatch.setattr(predictions, "_MOST_AT_ONCE", 7)
    observed = Observed(model)
    Predictions(observed, rows, DATA).predict(np.arange(N_ROWS))
    assert observed.n_asked == [N_ROWS]


def test_an_estimator_s_own_features_may_be_sparse(model, rows):
    estimator, features = model[-1], sparse.csr_matrix(model[:-1].transform(rows))
    found = Predictions(estimator, features, DATA).predict(np.arange(N_ROWS))
    assert found.tolist() == estimator.predict(features).tolist()
