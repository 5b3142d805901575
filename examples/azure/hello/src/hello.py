import argparse

import mlflow

parser = argparse.ArgumentParser()
parser.add_argument("--greeting", type=str)
parser.add_argument("--noise", type=float)
parser.add_argument("--offset", type=float)
args = parser.parse_args()

print(f"{args.greeting}! My noise is {args.noise}.")
mlflow.log_param("letters", len(args.greeting))
mlflow.log_metric("distance", abs(args.noise - args.offset))
