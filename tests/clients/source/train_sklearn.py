"""Train a ridge regression on CSV files, with a package of requirements.txt, and checkpoints."""

import os
from pathlib import Path

import joblib
import numpy as np
from common import load_rows, parse_arguments, write_report
from sklearn.linear_model import Ridge


def model_fn(model_dir):
    import tiny  # from requirements.txt, which a model's container installs too

    print(f"tiny {tiny.VERSION} serves")
    return joblib.load(Path(model_dir) / "model.joblib")


def output_fn(prediction, accept):
    return ";".join(f"{value:.6f}" for value in prediction), "text/plain"


def main():
    import tiny  # from requirements.txt

    arguments = parse_arguments(alpha=1.0)
    features, labels = load_rows()
    model = Ridge(alpha=arguments.alpha).fit(features, labels)
    predictions = model.predict(features)
    rmse = float(np.sqrt(np.mean((predictions - labels) ** 2)))
    print(f"rmse={rmse};")
    joblib.dump(model, arguments.model_dir / "model.joblib")
    checkpoints = Path(os.environ.get("CHECKPOINTS", "/opt/ml/checkpoints"))
    before = sorted(file.name for file in checkpoints.iterdir())
    (checkpoints / f"step-{len(before)}").write_text(str(rmse))
    write_report(
        predictions=predictions.tolist(), losses=[rmse], tiny=tiny.VERSION, checkpoints=before
    )


if __name__ == "__main__":
    main()
