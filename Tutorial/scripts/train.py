"""Train XGBoost on the Boston Housing data, on a laptop or as a SageMaker training job.

On a laptop, say where everything is:

    python train.py --train train.csv --validation validation.csv --model-dir model

In a training job, SageMaker sets the variables whose names start with SM_, and the defaults below
read them. Each CSV file has the price first and no header.
"""

import argparse
import os
from pathlib import Path

import numpy
import xgboost

TOLERANCE = 0.1  # of the true price


def main() -> None:
    arguments = parse_arguments()
    train, validation = read_channel(arguments.train), read_channel(arguments.validation)
    print(f"xgboost {xgboost.__version__}: {train.num_row()} rows to train,", flush=True)
    print(f"{validation.num_row()} rows to validate", flush=True)
    history: dict = {}
    model = xgboost.train(
        {
            "objective": "reg:squarederror",
            "eval_metric": "rmse",
            "max_depth": arguments.max_depth,
            "eta": arguments.eta,
            "gamma": 4,
            "min_child_weight": 6,
            "subsample": 0.8,
            "nthread": 1,
        },
        train,
        num_boost_round=arguments.num_round,
        evals=[(train, "train"), (validation, "validation")],
        custom_metric=share_within_tolerance,
        early_stopping_rounds=10,
        maximize=True,
        evals_result=history,
    )
    best = model[: model.best_iteration + 1]
    print(f"The best round is {model.best_iteration}.", flush=True)
    save(best, arguments.model_dir)
    write_history(history, arguments.output_data_dir)


def parse_arguments() -> argparse.Namespace:
    """Hyperparameters come as options; folders too, or from SageMaker's variables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    for name, variable, default in (
        ("--train", "SM_CHANNEL_TRAIN", "train.csv"),
        ("--validation", "SM_CHANNEL_VALIDATION", "validation.csv"),
        ("--model-dir", "SM_MODEL_DIR", "model"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "output"),
    ):
        parser.add_argument(name, type=Path, default=os.environ.get(variable, default))
    parser.add_argument("--max_depth", type=int, default=5)
    parser.add_argument("--eta", type=float, default=0.2)
    parser.add_argument("--num_round", type=int, default=200)
    return parser.parse_args()


def read_channel(path: Path) -> xgboost.DMatrix:
    """Read a CSV file, or all of a folder: a channel is a folder."""
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    rows = numpy.vstack([numpy.loadtxt(file, delimiter=",", ndmin=2) for file in files])
    return xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])


def share_within_tolerance(predicted: numpy.ndarray, matrix: xgboost.DMatrix) -> tuple[str, float]:
    """Return the share of tracts whose predicted price is within 10 % of the true one."""
    true = matrix.get_label()
    return "within10", float(numpy.mean(abs(predicted - true) <= TOLERANCE * true))


def save(model: xgboost.Booster, folder: Path) -> None:
    """Save under the name and in the format that the image's own server reads."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "xgboost-model").write_bytes(model.save_raw("ubj"))


def write_history(history: dict, folder: Path) -> None:
    """Write each metric by round: SageMaker packs this folder as output.tar.gz."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        f"{channel}-{metric}": values
        for channel, metrics in history.items()
        for metric, values in metrics.items()
    }
    lines = [
        ",".join(columns),
        *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True)),
    ]
    (folder / "history.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
