import argparse
import os

import joblib
import mlflow
import pandas as pd
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def main(args):
    df = pd.read_csv(args.iris_csv)
    x, y = df.drop(columns=["species"]), df["species"]
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.4, random_state=args.random_state)

    params = {"C": args.C, "kernel": args.kernel, "coef0": args.coef0}
    model = make_pipeline(StandardScaler(), SVC(**params))
    model.fit(x_train, y_train)

    mlflow.log_metric("test_f1_score", f1_score(y_test, model.predict(x_test), average="macro"))

    # what is written to ./outputs is kept
    os.makedirs("outputs", exist_ok=True)
    joblib.dump(model, "outputs/model.joblib")


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iris-csv", type=str)
    parser.add_argument("--C", type=float, default=1.0)
    parser.add_argument("--kernel", type=str, default="rbf")
    parser.add_argument("--coef0", type=float, default=0.0)
    parser.add_argument("--random_state", type=int, default=42)
    return parser.parse_args()


if __name__ == "__main__":
    main(parse_args())
