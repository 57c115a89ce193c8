"""A program with the SageMaker SDK v3: trains with a script of its own, and tunes that script.

Usage: python script_program.py FOLDER NAME train|tune. FOLDER has train.csv and source/train.py. It
writes `found.json` there.
"""

import json
import sys
from pathlib import Path

import helpers

helpers.connect()

from sagemaker.core import image_uris  # noqa: E402
from sagemaker.core.helper.session_helper import Session, get_execution_role  # noqa: E402
from sagemaker.core.parameter import ContinuousParameter  # noqa: E402
from sagemaker.core.training.configs import (  # noqa: E402
    Compute,
    InputData,
    OutputDataConfig,
    SourceCode,
)
from sagemaker.train import ModelTrainer  # noqa: E402
from sagemaker.train.tuner import HyperparameterTuner  # noqa: E402

folder, name, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
session = Session()
bucket = session.default_bucket()
data = session.upload_data(str(folder / "train.csv"), bucket=bucket, key_prefix=name)
channel = InputData(channel_name="train", data_source=data)


def new_trainer() -> ModelTrainer:
    return ModelTrainer(
        training_image=image_uris.retrieve("xgboost", session.boto_region_name, version="3.2-0"),
        source_code=SourceCode(source_dir=str(folder / "source"), entry_script="train.py"),
        hyperparameters={"rate": 0.5, "name": "a b", "flag": True},
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{name}/output"),
        base_job_name=name,
        role=get_execution_role(),
        sagemaker_session=session,
    )


if what == "train":
    trainer = new_trainer()
    trainer.train(input_data_config=[channel])
    job = trainer._latest_training_job
    job.refresh()
    found = {"name": job.training_job_name, "status": job.training_job_status}
else:
    tuner = HyperparameterTuner(
        new_trainer(),
        objective_metric_name="validation:rmse",
        objective_type="Minimize",
        hyperparameter_ranges={"rate": ContinuousParameter(0.1, 0.9)},
        max_jobs=3,
        max_parallel_jobs=2,
        strategy="Random",
        random_seed=1,
    )
    tuner.tune(inputs=[channel])
    table = tuner.analytics().dataframe()
    found = {
        "status": list(table["TrainingJobStatus"]),
        "rates": list(table["rate"]),
        "objectives": list(table["FinalObjectiveValue"]),
        "best": tuner.best_training_job(),
        "names": list(table["TrainingJobName"]),
    }
(folder / "found.json").write_text(json.dumps(found))
