"""A program with the SageMaker SDK v3: tunes, watches, waits, and looks at the result.

Usage: python tuner_program.py FOLDER NAME, which has train.csv. It writes `found.json` there.
"""

import json
import sys
import time
from pathlib import Path

import helpers

helpers.connect()

from sagemaker.core import image_uris  # noqa: E402
from sagemaker.core.helper.session_helper import Session, get_execution_role  # noqa: E402
from sagemaker.core.parameter import (  # noqa: E402
    CategoricalParameter,
    ContinuousParameter,
    IntegerParameter,
)
from sagemaker.core.shapes import (  # noqa: E402
    HyperbandStrategyConfig,
    HyperParameterTuningJobStrategyConfig,
)
from sagemaker.train import ModelTrainer  # noqa: E402
from sagemaker.train.configs import Compute, InputData, OutputDataConfig  # noqa: E402
from sagemaker.train.tuner import HyperparameterTuner  # noqa: E402

folder, name = Path(sys.argv[1]), sys.argv[2]
session = Session()
bucket = session.default_bucket()
data = session.upload_data(str(folder / "train.csv"), bucket=bucket, key_prefix=name)
channels = [
    InputData(channel_name=channel, data_source=data, content_type="text/csv")
    for channel in ("train", "validation")
]


def new_tuner(ranges: dict | None = None, **settings) -> HyperparameterTuner:
    trainer = ModelTrainer(
        training_image=image_uris.retrieve("xgboost", session.boto_region_name, version="3.2-0"),
        hyperparameters={"num_round": 3, "objective": "reg:squarederror"},
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{name}/output"),
        role=get_execution_role(),
        sagemaker_session=session,
    )
    return HyperparameterTuner(
        trainer,
        objective_metric_name="validation:rmse",
        objective_type="Minimize",
        hyperparameter_ranges=ranges
        or {"eta": ContinuousParameter(0.1, 0.5), "max_depth": IntegerParameter(2, 8)},
        max_parallel_jobs=2,
        **settings,
    )


def ended(tuner: HyperparameterTuner) -> dict:
    """Return the name, the best training job and the table of a tuning job that has ended."""
    return {
        "name": tuner.latest_tuning_job.hyper_parameter_tuning_job_name,
        "best": tuner.best_training_job(),
        "table": tuner.analytics().dataframe().to_dict("records"),
    }


tuner = new_tuner(max_jobs=4, strategy="Random", random_seed=1)
tuner.tune(channels, job_name=name, wait=True)
seen = time.time()
job = tuner.latest_tuning_job
frame = tuner.analytics().dataframe()

others = {}
for strategy in ("Bayesian", "Grid", "Hyperband"):
    settings = {"max_jobs": None if strategy == "Grid" else 2, "strategy": strategy}
    if strategy == "Grid":
        settings["ranges"] = {"eta": CategoricalParameter(["0.1", "0.5"])}
    if strategy == "Hyperband":
        band = HyperbandStrategyConfig(min_resource=1, max_resource=3)
        settings["strategy_config"] = HyperParameterTuningJobStrategyConfig(
            hyperband_strategy_config=band
        )
    other = new_tuner(**settings)
    other.tune(channels, job_name=f"{name}-{strategy.lower()}", wait=True)
    others[strategy] = ended(other)

# One of three training jobs fails, then all do, and at last a search is stopped in the middle.
one_fails = new_tuner({"eta": CategoricalParameter(["0.1", "2", "0.5"])}, strategy="Grid")
one_fails.tune(channels, job_name=f"{name}-fails", wait=True)
all_fail = new_tuner(
    {"eta": CategoricalParameter([str(eta) for eta in range(2, 10)])}, strategy="Grid"
)
try:
    all_fail.tune(channels, job_name=f"{name}-fail", wait=True)
    error = None
except Exception as raised:
    error = str(raised)
halted = new_tuner({"num_round": CategoricalParameter(["2", "1000000"])}, strategy="Grid")
del halted.model_trainer.hyperparameters["num_round"]
halted.tune(channels, job_name=f"{name}-halted", wait=False)
# A loop that only describes the tuning job would look like a wait, and be held until its end.
while "Completed" not in list(halted.analytics().dataframe().get("TrainingJobStatus", ())):
    time.sleep(0.1)
halted.stop_tuning_job()
halted.wait()

# While it runs: what a loop that shows a table does must not wait for the end.
watched = new_tuner(max_jobs=2, strategy="Bayesian")
watched.model_trainer.hyperparameters["num_round"] = 1_000_000
watched.tune(channels, job_name=f"{name}-2", wait=False)
start = time.time()
for _ in range(3):
    watched.analytics().dataframe()
    status = watched.describe().hyper_parameter_tuning_job_status
seconds = time.time() - start
watched.stop_tuning_job()
watched.wait()

found = {
    "lag": seen - job.hyper_parameter_tuning_end_time.timestamp(),
    "best": tuner.best_training_job(),
    "columns": list(frame.columns),
    "rows": len(frame),
    "lowest": frame.sort_values("FinalObjectiveValue")["TrainingJobName"].iloc[0],
    "others": others,
    "one_fails": ended(one_fails),
    "all_fail": {"name": f"{name}-fail", "error": error},
    "halted": ended(halted),
    "listed": len(list(job.get_all_training_jobs())),
    "status": status,
    "seconds": seconds,
    "stopped": watched.latest_tuning_job.hyper_parameter_tuning_job_status,
}
(folder / "found.json").write_text(json.dumps(found, default=str))  # default: of times
