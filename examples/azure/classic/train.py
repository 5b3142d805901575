import argparse
import os

import joblib
import numpy as np
from azureml.core.run import Run
from azureml.data.dataset_factory import TabularDatasetFactory
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

URL = "https://automlsamples.example.com/data/breast_cancer.csv"


def clean_data(data):
    x_df = data.to_pandas_dataframe().dropna()
    x_df.drop("id", inplace=True, axis=1)
    y_df = x_df.pop("diagnosis").apply(lambda s: 1 if s == "malignant" else 0)
    return x_df, y_df


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--C", type=float, default=1.0, help="Inverse of regularization strength")
    parser.add_argument("--max_iter", type=int, default=100, help="Maximum number of iterations to converge")
    args = parser.parse_args()

    run = Run.get_context()
    run.log("Regularization Strength:", np.float(args.C))
    run.log("Max iterations:", np.int(args.max_iter))

    ds = TabularDatasetFactory.from_delimited_files(path=URL)
    x, y = clean_data(ds)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=42)

    model = LogisticRegression(C=args.C, max_iter=args.max_iter).fit(x_train, y_train)
    accuracy = model.score(x_test, y_test)
    run.log("Accuracy", np.float(accuracy))

    os.makedirs("outputs", exist_ok=True)
    joblib.dump(model, "outputs/model.joblib")


if __name__ == "__main__":
    main()
