"""Training jobs of image 3.2-0 print what AWS printed in public notebooks, on the same data.

Values are figures that AWS's own jobs logged; the settings beside them undo what changed between
the xgboost of those images and 3.2.0.
"""

import re

import pytest
from support import jobs

FIVE_ROWS = b"""\
0,25,1,11,9,1,0,0,0,0,0,50
1,45,0,13,4,1,0,0,0,0,1,70
0,35,1,10,8,1,0,0,0,0,0,65
1,29,0,12,5,1,0,0,0,1,0,80
0,52,1,9,3,1,0,0,0,1,1,40
"""
FIVE_ROWS_RMSE = (  # image 1.3-1; btholath/mlops-ecommerce-recommendation-system-aws
    [0.39255, 0.30834, 0.24231, 0.19052, 0.14987, 0.11796, 0.09289, 0.07318, 0.05768, 0.04549]
    + [0.03589, 0.02833, 0.02238, 0.01768, 0.01398, 0.01106, 0.00875, 0.00693, 0.00549, 0.00435]
    + [0.00345, 0.00273, 0.00217, 0.00172, 0.00137, 0.00109, 0.00086, 0.00068, 0.00054, 0.00054]
    + [0.00053] * 20
)
# Image "latest"; pat3hall/pat-cloud-ml-repo
IRIS_TRAIN = [0.03, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01]
IRIS_VALIDATION = [0.06, 0.02, 0.02, 0.02, 0.02, 0.04, 0.04, 0.06, 0.06, 0.06]
IRIS = {
    "objective": "multi:softmax",
    "num_class": "3",
    "max_depth": "5",
    "num_round": "10",
    "eval_metric": "merror",
    "tree_method": "exact",
    "base_score": "0.5",
}


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


def logged(logs, job: dict, metric: str) -> list[float]:
    """Return the values of a metric, such as "train-rmse", in a job's log, by rounds."""
    lines = jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"])
    rounds = [line for line in lines if re.match(r"\[\d+\]#011", line)]
    return [float(re.search(f"#011{metric}:([0-9.]+)", line)[1]) for line in rounds]


def test_five_rows(sagemaker, s3, logs, bucket):
    """Fifty rounds of train-rmse are within 1e-5 of AWS's, and the matrix has AWS's shape."""
    s3.put_object(Bucket=bucket, Key="train/five_rows.csv", Body=FIVE_ROWS)
    settings = {"num_round": "50", "base_score": "0.5"}
    job = jobs.train(sagemaker, jobs.training_request(bucket, hyperparameters=settings))
    assert logged(logs, job, "train-rmse") == pytest.approx(FIVE_ROWS_RMSE, abs=1.001e-5)
    lines = jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"])
    assert any(line.endswith("Train matrix has 5 rows and 11 columns") for line in lines)


def test_iris(sagemaker, s3, logs, bucket):
    """Every round's errors match AWS's to the last digit, and so does one row's prediction."""
    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split

    features, labels = load_iris(return_X_y=True)
    parts = train_test_split(features, labels, test_size=0.33, random_state=42, stratify=labels)
    for name, rows, classes in (
        ("train", parts[0], parts[2]),
        ("validation", parts[1], parts[3]),
    ):
        lines = (
            ",".join(map(str, [label, *row])) for label, row in zip(classes, rows, strict=True)
        )
        s3.put_object(Bucket=bucket, Key=f"{name}/iris.csv", Body="\n".join(lines).encode())
    channels = [jobs.channel(f"s3://{bucket}/{name}", name) for name in ("train", "validation")]
    request = jobs.training_request(bucket, hyperparameters=IRIS, InputDataConfig=channels)
    job = jobs.train(sagemaker, request)
    assert logged(logs, job, "train-merror") == IRIS_TRAIN
    assert logged(logs, job, "validation-merror") == IRIS_VALIDATION
    s3.put_object(Bucket=bucket, Key="test.csv", Body=b"7.7,3.0,6.1,2.3")
    model = jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])
    jobs.transform(sagemaker, jobs.transform_request(bucket, model))
    assert jobs.read(s3, bucket, "out/test.csv.out") == b"2.0\n"
