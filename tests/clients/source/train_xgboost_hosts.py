"""Train XGBoost on all hosts of a job by its own collective: each takes its part of the rows."""

import json
import os
import socket

import numpy as np
import xgboost
from common import load_rows, parse_arguments, write_report
from xgboost import collective
from xgboost.tracker import RabitTracker

PORT = 9099


def main():
    arguments = parse_arguments(num_round=10, max_depth=4)
    hosts = json.loads(os.environ["SM_HOSTS"])
    rank = hosts.index(os.environ["SM_CURRENT_HOST"])
    address = socket.gethostbyname(hosts[0])
    tracker = RabitTracker(len(hosts), address, PORT, sortby="task") if rank == 0 else None
    if tracker:
        tracker.start()
    features, labels = (part[rank :: len(hosts)].astype(np.float32) for part in load_rows())
    matrix = xgboost.DMatrix(features, label=labels, nthread=1)
    settings = {
        "objective": "reg:squarederror",
        "max_depth": arguments.max_depth,
        "nthread": 1,
    }
    member = {"dmlc_tracker_uri": address, "dmlc_tracker_port": PORT, "dmlc_task_id": str(rank)}
    with collective.CommunicatorContext(**member, dmlc_retry=20):
        booster = xgboost.train(settings, matrix, arguments.num_round)
    if tracker:
        tracker.wait_for()
        booster.save_model(arguments.model_dir / "model.json")
    print(f"{len(labels)} rows on {hosts[rank]}", flush=True)
    write_report(dump=booster.get_dump(with_stats=True, dump_format="json"))


if __name__ == "__main__":
    main()
