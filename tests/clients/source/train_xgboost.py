"""Train XGBoost on CSV files, and predict the same rows."""

import os
from pathlib import Path

import xgboost
from common import load_rows, parse_arguments, write_report


def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(Path(model_dir) / "model.json")
    return booster


def predict_fn(matrix, model):
    return model.predict(matrix, output_margin=True) * 2


def call_s3():
    """Return what a call of S3 gives: the number of buckets, or the name of an error."""
    import boto3
    from botocore.config import Config

    try:
        config = Config(connect_timeout=2, retries={"total_max_attempts": 1})
        return len(boto3.client("s3", "us-east-1", config=config).list_buckets()["Buckets"])
    except Exception as error:
        return type(error).__name__


def main():
    arguments = parse_arguments(num_round=5, eta=0.3, max_depth=3)
    features, labels = load_rows()
    matrix = xgboost.DMatrix(features, label=labels, nthread=1)
    settings = {"eta": arguments.eta, "max_depth": arguments.max_depth, "nthread": 1}
    evaluations = {}
    booster = xgboost.train(
        settings,
        matrix,
        arguments.num_round,
        evals=[(matrix, "train")],
        evals_result=evaluations,
    )
    booster.save_model(arguments.model_dir / "model.json")
    write_report(
        predictions=booster.predict(matrix).tolist(),
        losses=evaluations["train"]["rmse"],
        s3=call_s3() if "CALL_S3" in os.environ else None,
    )


if __name__ == "__main__":
    main()
