"""A training script in the manner of AWS's examples for XGBoost: the same for one host and several.

It reads its channel by `get_dmatrix`, and trains by `rabit_run` where the job has several hosts. A
host without data takes no part.
"""

import argparse
import json
import os

import xgboost
from sagemaker_containers import entry_point
from sagemaker_xgboost_container import distributed
from sagemaker_xgboost_container.data_utils import get_content_type, get_dmatrix, get_size

ROUNDS = 10
PARAMS = {"objective": "reg:squarederror", "max_depth": 4, "nthread": 1}


def train(dtrain: xgboost.DMatrix, failing_host: str, is_master: bool) -> None:
    """Train, and save the model on the master."""
    if failing_host == os.environ["SM_CURRENT_HOST"]:
        raise ValueError(f"{failing_host} can't train")
    model = xgboost.train(PARAMS, dtrain, ROUNDS, evals=[(dtrain, "train")])
    if is_master:
        model.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "xgboost-model"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--content-type", default="text/csv")
    parser.add_argument("--failing-host", default="")
    arguments = parser.parse_args()
    channel = os.environ["SM_CHANNEL_TRAIN"]
    dtrain = None
    if get_size(channel) > 0:
        dtrain = get_dmatrix(channel, get_content_type(arguments.content_type))
    hosts, host = json.loads(os.environ["SM_HOSTS"]), os.environ["SM_CURRENT_HOST"]
    keywords = {"dtrain": dtrain, "failing_host": arguments.failing_host}
    if len(hosts) == 1:
        train(is_master=True, **keywords)
        return
    entry_point._wait_hostname_resolution()
    distributed.rabit_run(
        exec_fun=train,
        args=keywords,
        include_in_training=dtrain is not None,
        hosts=hosts,
        current_host=host,
        update_rabit_args=True,
    )
    print(f"{host} has trained")


if __name__ == "__main__":
    main()
