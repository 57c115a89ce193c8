"""The benchmarks run; their figures are not asserted, as a busy machine would fail."""

import os
import re
import subprocess
import sys

import pytest


def test_the_preparation_of_reviews_is_measured(checkout, tmp_path):
    """A quick run prints two ratios above zero, and nothing on stderr."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/imdb_prepare.py", "--quick"],
        env={
            **os.environ,
            "SAGEMAKER_LOCAL_HOME": str(tmp_path),
            "SAGEMAKER_COURSE_DATA": "synthetic",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "synthetic reviews" in done.stdout
    found = re.findall(r"(?:ratio|share) (\d+\.\d+)", done.stdout)
    assert len(found) == 2
    assert all(float(ratio) > 0 for ratio in found)
    assert done.stderr == ""


@pytest.mark.full
def test_large_files_in_the_container_are_measured(checkout, tmp_path):
    """A quick run prints two ratios above zero, and nothing on stderr."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/container.py", "--quick"],
        env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found = re.findall(r"ratio (\d+\.\d+)", done.stdout)
    assert len(found) == 2
    assert all(float(ratio) > 0 for ratio in found)
    assert done.stderr == ""


@pytest.mark.full
def test_linear_learner_is_measured(checkout, tmp_path):
    """A quick run prints the ratios of time and memory above zero, and nothing on stderr."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/linear_learner.py", "--quick"],
        env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.findall(r"ratio (\d+\.\d+)", done.stdout)
    assert len(found) == 2
    assert all(float(ratio) > 0 for ratio in found)
    assert done.stderr == ""


@pytest.mark.full
def test_the_control_plane_is_measured(checkout):
    """A quick run with a second server prints what it measured of both, and its ratios."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/control_plane.py", "--quick", "--peer", checkout],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    line = re.search(r"^DescribeTrainingJob +(\d+\.\d+) +(\d+\.\d+)$", done.stdout, re.M)
    assert all(float(milliseconds) > 0 for milliseconds in line.groups())
    ratios = re.findall(r": ratio (\d+\.\d+), at most", done.stdout)
    assert len(ratios) == 4
    assert all(float(ratio) > 0 for ratio in ratios)
    assert done.stderr == ""


@pytest.mark.full
def test_the_checks_are_measured(checkout, tmp_path):
    """A quick run prints, for each of seven tasks, two ratios above zero, and nothing on stderr."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/check.py", "--quick"],
        env={**os.environ, "SAGEMAKER_COURSE_DATA": "synthetic"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert "synthetic reviews" in done.stdout
    row = r"^[A-Z].{23} +[\d.]+ s +[\d.]+ s +([\d.]+) .* ([\d.]+)$"
    rows = re.findall(row, done.stdout, re.MULTILINE)
    assert len(rows) == 7
    assert all(float(ratio) > 0 for row in rows for ratio in row)
    assert done.stderr == ""


@pytest.mark.full
def test_an_endpoint_is_measured(checkout, tmp_path):
    """A quick run prints the percentiles of both servers, and three ratios."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/endpoint.py", "--quick", "--no-peers"],
        env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.count("bare uvicorn") == 3
    assert float(re.search(r"ratio boto3 (\d+\.\d+)", done.stdout)[1]) > 0
    assert done.stderr == ""


@pytest.mark.full
def test_s3_is_measured(checkout):
    """A quick run prints percentiles of both servers, seconds, memory, and five ratios."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/s3.py", "--quick", "--no-ministack"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    rows = re.findall(r"^(ours|moto [\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$", done.stdout, re.M)
    assert len(rows) == 6
    assert all(float(figure) > 0 for _, *figures in rows for figure in figures)
    assert re.search(r"^file server +[\d.]+$", done.stdout, re.M)
    assert re.search(r"ours takes \d+\.\d+ times the floor", done.stdout)
    ratios = re.findall(r": ratio (\d+\.\d+), at most", done.stdout)
    assert len(ratios) == 5
    assert all(float(ratio) > 0 for ratio in ratios)
    assert done.stderr == ""


@pytest.mark.full
def test_tuning_jobs_are_measured(checkout):
    """A quick run prints the ratios to a bare loop and of the last jobs, and the wait's seconds."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/tuning.py", "--quick"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    ratios = re.findall(r"ratio (\d+\.\d+)", done.stdout)
    assert len(ratios) == 3
    assert all(float(ratio) > 0 for ratio in ratios)
    assert float(re.search(r"wait returns (\d+\.\d+) s", done.stdout)[1]) > 0
