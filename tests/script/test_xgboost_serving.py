"""Scripts that serve a model read requests by the XGBoost image's package, as they do on AWS."""

import numpy as np
import pytest
import xgboost
from support import instances, script_models
from support.clients import make_client
from support.distributed_scripts import BOSTON, model_of_one_process
from support.endpoints import configure, variant, wait_in_service

ROWS = BOSTON[:5]
BY_ENCODER = """
import sagemaker_xgboost_container.encoder as xgb_encoders

def input_fn(content, content_type):
    assert content_type == "text/libsvm"
    return xgb_encoders.libsvm_to_dmatrix(content)
"""


@pytest.fixture(scope="module")
def predictions() -> np.ndarray:
    """Return what the model predicts for the rows."""
    model = instances.booster(model_of_one_process())
    return model.predict(xgboost.DMatrix(ROWS[:, 1:]))


@pytest.fixture(params=["", BY_ENCODER], ids=["default", "by_encoder"])
def invoke(request, script_jobs):
    """Return invoke(body, content_type) of an endpoint, with this addition to its script."""
    files = {
        "xgboost-model": model_of_one_process(),
        "code/inference.py": script_models.MODEL_FN + request.param,
    }
    prefix = script_jobs.put("models", {"model.tar.gz": script_models.tar_gz(files)})
    container = script_models.container(f"{prefix}/model.tar.gz")
    name = script_models.create_model(script_jobs.sagemaker, container)
    configure(script_jobs.sagemaker, name, variant(name))
    script_jobs.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(script_jobs.sagemaker, name)
    runtime = make_client(script_jobs.endpoint, "sagemaker-runtime")

    def invoke(body: bytes, content_type: str) -> np.ndarray:
        answer = script_models.invoke(
            runtime, name, body, ContentType=content_type, Accept="text/csv"
        )
        return np.array(answer["Body"].split(), float)

    yield invoke
    script_jobs.sagemaker.delete_endpoint(EndpointName=name)


def test_libsvm(invoke, predictions):
    """The default input_fn reads libsvm, and a script's own reads it by the package."""
    answer = invoke(instances.as_libsvm(ROWS), "text/libsvm")
    assert answer == pytest.approx(predictions, rel=1e-6)


@pytest.mark.parametrize("invoke", [""], indirect=True)
def test_records(invoke, predictions):
    """The default input_fn reads RecordIO-protobuf."""
    answer = invoke(instances.as_records(ROWS), "application/x-recordio-protobuf")
    assert answer == pytest.approx(predictions, rel=1e-6)
