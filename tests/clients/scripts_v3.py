"""SageMaker SDK 3 trains by scripts: ModelTrainer, Torchrun, and a tuner.

Usage: python scripts_v3.py FOLDER, which has train.csv (label first), the folder `source` with the
scripts, and images.json with the URIs of the images. It writes `results.json` there.
"""

import json
import sys
from pathlib import Path

import helpers

helpers.connect()

from sagemaker.core.helper.session_helper import Session, get_execution_role  # noqa: E402
from sagemaker.core.parameter import ContinuousParameter  # noqa: E402
from sagemaker.core.shapes import CheckpointConfig, MetricDefinition  # noqa: E402
from sagemaker.train import ModelTrainer  # noqa: E402
from sagemaker.train.configs import (  # noqa: E402
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    SourceCode,
)
from sagemaker.train.distributed import Torchrun  # noqa: E402
from sagemaker.train.tuner import HyperparameterTuner  # noqa: E402

folder = Path(sys.argv[1])
images = json.loads((folder / "images.json").read_text())
session = Session()
bucket, prefix = session.default_bucket(), "scripts-sdk-v3"
location = session.upload_data(
    str(folder / "train.csv"), bucket=bucket, key_prefix=f"{prefix}/train"
)
train_data = InputData(channel_name="train", data_source=location)
LOSS = [MetricDefinition(name="loss", regex="epoch loss: ([0-9.e-]+)")]
RMSE = [MetricDefinition(name="rmse", regex="rmse=(.*?);")]


def new_trainer(base, framework, *, instances=1, networking=None, distributed=None, **more):
    """Return a trainer; more: members of SourceCode, `hyperparameters` and `environment`."""
    settings = {name: more.pop(name, {}) for name in ("hyperparameters", "environment")}
    if "command" not in more:
        more.setdefault("entry_script", f"train_{framework}.py")
    return ModelTrainer(
        training_image=images[framework],
        source_code=SourceCode(source_dir=str(folder / "source"), **more),
        compute=Compute(instance_type="ml.m5.large", instance_count=instances),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{prefix}/output"),
        base_job_name=f"v3-{base}",
        role=get_execution_role(),
        sagemaker_session=session,
        networking=networking,
        distributed=distributed,
        **settings,
    )


requirements = {"requirements": "requirements.txt"}
trainers = {
    "xgboost": new_trainer(
        "xgboost",
        "xgboost",
        hyperparameters={
            "num_round": 7,
            "eta": 0.2,
            "text": "two words",
            "flag": True,
            "nothing": None,
            "list": [1, "two"],
            "mapping": {"deep": {"a": 1}},
        },
        environment={"OWN": "a value"},
    ),
    "sklearn": new_trainer("sklearn", "sklearn", hyperparameters={"alpha": 0.5}, **requirements)
    .with_metric_definitions(RMSE)
    .with_checkpoint_config(CheckpointConfig(s3_uri=f"s3://{bucket}/{prefix}/checkpoints")),
    "command": new_trainer(
        "command",
        "pytorch",
        command="python3 train_pytorch.py --epochs 4 --lr 0.02",
    ).with_metric_definitions(LOSS),
    "isolated": new_trainer(
        "isolated",
        "xgboost",
        networking=Networking(enable_network_isolation=True),
        environment={"CALL_S3": "1"},
    ),
    "connected": new_trainer("connected", "xgboost", environment={"CALL_S3": "1"}),
    "one-node": new_trainer(
        "one-node",
        "pytorch",
        distributed=Torchrun(process_count_per_node=2),
        hyperparameters={"epochs": 4, "lr": 0.02},
    ),
    "two-nodes": new_trainer(
        "two-nodes",
        "pytorch",
        instances=2,
        distributed=Torchrun(process_count_per_node=1),
        hyperparameters={"epochs": 4, "lr": 0.02},
    ),
    "separate": new_trainer("separate", "xgboost", instances=2),
    "raises": new_trainer("raises", "sklearn", entry_script="fail.py"),
    "exits": new_trainer("exits", "sklearn", entry_script="fail.py", hyperparameters={"code": 7}),
}

results = {}
for trainer in trainers.values():
    trainer.train(input_data_config=[train_data], wait=False)
for name, trainer in trainers.items():
    job, error = trainer._latest_training_job, ""
    try:
        job.wait(logs=name == "command")
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    described = session.sagemaker_client.describe_training_job(
        TrainingJobName=job.training_job_name
    )
    metrics = described.get("FinalMetricDataList", [])
    results[name] = {
        "name": job.training_job_name,
        "status": described["TrainingJobStatus"],
        "reason": described.get("FailureReason", ""),
        "model": described.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
        "metrics": {item["MetricName"]: item["Value"] for item in metrics},
        "error": error,
    }

tuner = HyperparameterTuner(
    new_trainer("tuned", "pytorch", hyperparameters={"epochs": 4, "note": "a fixed text"}),
    objective_metric_name="loss",
    objective_type="Minimize",
    metric_definitions=[{"Name": "loss", "Regex": LOSS[0].regex}],
    hyperparameter_ranges={"lr": ContinuousParameter(0.001, 0.05)},
    max_jobs=3,
    max_parallel_jobs=2,
)
tuner.tune([train_data], job_name="scripts-v3-tuning", wait=True)
table = tuner.analytics().dataframe()
columns = ["TrainingJobName", "TrainingJobStatus", "FinalObjectiveValue", "lr"]
results["tuning"] = {
    "best": tuner.best_training_job(),
    "model": f"s3://{bucket}/{prefix}/output/{tuner.best_training_job()}/output/model.tar.gz",
    "rows": table[columns].values.tolist(),
}
(folder / "results.json").write_text(json.dumps(results))
