import argparse
import os

import joblib
import mlflow
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--iris-csv", type=str, required=True)
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--max-leaf-nodes", type=int, default=31)
parser.add_argument("--rounds", type=int, default=100)
parser.add_argument("--model", type=str, default="outputs")
args = parser.parse_args()

df = pd.read_csv(args.iris_csv)
X, y = df.drop(columns=["species"]), df["species"]
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.4, random_state=0, stratify=y)

model = HistGradientBoostingClassifier(
    learning_rate=args.learning_rate,
    max_leaf_nodes=args.max_leaf_nodes,
    min_samples_leaf=5,
    warm_start=True,
    early_stopping=False,
    random_state=0,
)
with mlflow.start_run():
    mlflow.log_params({"learning_rate": args.learning_rate, "max_leaf_nodes": args.max_leaf_nodes})
    for n_rounds in range(1, args.rounds + 1):
        model.set_params(max_iter=n_rounds)
        model.fit(X_train, y_train)
        loss = log_loss(y_val, model.predict_proba(X_val))
        mlflow.log_metric("validation-log_loss", loss, step=n_rounds)

joblib.dump(model, os.path.join(args.model, "model.joblib"))
