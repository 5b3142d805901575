import argparse

import joblib
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

from sweepflow import log_metric

parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float, required=True)
parser.add_argument("--penalty", required=True)
arguments = parser.parse_args()

X, X_validation, y, y_validation = train_test_split(*load_digits(return_X_y=True), random_state=0)
model = SGDClassifier(alpha=arguments.alpha, penalty=arguments.penalty, random_state=0)
for _ in range(20):
    model.partial_fit(X, y, classes=range(10))
    log_metric("accuracy", model.score(X_validation, y_validation))
joblib.dump(model, "outputs/model.joblib")
