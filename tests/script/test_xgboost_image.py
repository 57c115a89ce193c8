"""Scripts import AWS's packages in the real XGBoost image, run by AWS's code."""

import pytest
from support import instances
from support.distributed_scripts import (
    BOSTON,
    PROGRAM,
    model_of,
    model_of_one_process,
    model_of_two_processes,
    on_hosts,
    put,
)

pytestmark = pytest.mark.full


def request(toolkit_jobs, content_type: str, count: int) -> dict:
    """Return a request for a job that runs the program by AWS's toolkit."""
    made = toolkit_jobs.toolkit_request({"train.py": PROGRAM}, {"content-type": content_type})
    return on_hosts(made, put(toolkit_jobs, content_type), count)


@pytest.mark.parametrize("content_type", instances.FORMATS)
def test_the_toolkit_on_one_host(toolkit_jobs, content_type):
    """The model is the one that plain xgboost makes of the same rows, bit by bit."""
    ended = toolkit_jobs.run(request(toolkit_jobs, content_type, 1))
    assert model_of(toolkit_jobs, ended) == model_of_one_process()


@pytest.mark.parametrize("content_type", instances.FORMATS)
def test_the_toolkit_on_two_hosts(toolkit_jobs, content_type):
    """Two hosts make the model that xgboost's own collective makes of their rows."""
    ended = toolkit_jobs.run(request(toolkit_jobs, content_type, 2))
    assert model_of(toolkit_jobs, ended) == model_of_two_processes()


def test_the_driver_on_two_hosts(toolkit_jobs):
    """SDK 3's driver runs the program in the image too."""
    made = toolkit_jobs.driver_request({"train.py": PROGRAM})
    ended = toolkit_jobs.run(on_hosts(made, put(toolkit_jobs), 2))
    assert model_of(toolkit_jobs, ended) == model_of_two_processes()


def test_pandas_reads_parquet_files(toolkit_jobs):
    """The image has what pandas reads Parquet files by, as AWS's has."""
    read = "pandas.read_parquet(os.environ['SM_CHANNEL_TRAIN'])"
    code = f"import os, pandas; print('rows', len({read}))"
    made = toolkit_jobs.driver_request({"train.py": code})
    ended = toolkit_jobs.run(on_hosts(made, put(toolkit_jobs, "application/x-parquet"), 1))
    assert f"rows {len(BOSTON)}" in ended.log, ended.log
