"""The benchmarks run; their figures are not asserted, as a busy machine would fail."""

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from support import course_image, pytorch_image

SYNTHETIC = {"SAGEMAKER_COURSE_DATA": "synthetic"}


@pytest.fixture
def measure(checkout, tmp_path) -> Callable[..., str]:
    """Return a function that runs a benchmark quickly, and returns what it prints.

    may_warn: whether it may write to stderr.
    """

    def run(
        name: str, *options: object, seconds: int = 300, may_warn: bool = False, **environment: str
    ) -> str:
        done = subprocess.run(
            [sys.executable, checkout / "benchmarks" / name, "--quick", *options],
            env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
        assert may_warn or done.stderr == ""
        return done.stdout

    return run


def assert_ratios(output: str, count: int, pattern: str = r"ratio (\d+\.\d+)") -> None:
    """Assert that a benchmark has printed so many ratios, all above zero."""
    ratios = re.findall(pattern, output)
    assert len(ratios) == count
    assert all(float(ratio) > 0 for ratio in ratios)


def test_the_preparation_of_reviews_is_measured(measure):
    """A quick run prints two ratios above zero, and nothing on stderr."""
    output = measure("imdb_prepare.py", **SYNTHETIC)
    assert "synthetic reviews" in output
    assert_ratios(output, 2, r"(?:ratio|share) (\d+\.\d+)")


@pytest.mark.full
def test_large_files_in_the_container_are_measured(measure):
    """A quick run prints two ratios above zero, and nothing on stderr."""
    assert_ratios(measure("container.py"), 2)


@pytest.mark.full
def test_the_pytorch_project_is_measured(measure, tmp_path):
    """A quick run prints the ratios of the job and of padding above zero."""
    pytorch_image.link(tmp_path)
    assert_ratios(measure("pytorch.py", may_warn=True), 2)


@pytest.mark.full
def test_script_mode_is_measured(measure, tmp_path_factory):
    """A quick run prints the ratios of two ways, with and without preloading, above zero."""
    image = course_image.pull(tmp_path_factory.mktemp("home"))
    assert_ratios(measure("script_mode.py", "--image", image), 4, r": ratio (\d+\.\d+)")


@pytest.mark.full
def test_linear_learner_is_measured(measure):
    """A quick run prints the ratios of time and memory above zero, and nothing on stderr."""
    assert_ratios(measure("linear_learner.py", seconds=120), 2)


@pytest.mark.full
def test_the_control_plane_is_measured(measure, checkout):
    """A quick run with a second server prints what it measured of both, and its ratios."""
    output = measure("control_plane.py", "--peer", checkout)
    line = re.search(r"^DescribeTrainingJob +(\d+\.\d+) +(\d+\.\d+)$", output, re.M)
    assert all(float(milliseconds) > 0 for milliseconds in line.groups())
    assert_ratios(output, 5, r": ratio (\d+\.\d+), at most")


@pytest.mark.full
def test_the_console_is_measured(measure):
    """A quick run prints the ratios of paint, size and watched jobs, and a page's share."""
    output = measure("console.py")
    assert_ratios(output, 3)
    assert_ratios(output, 1, r": share (\d+\.\d+)")


@pytest.mark.full
def test_the_checks_are_measured(measure):
    """A quick run prints, for each of seven tasks, two ratios above zero, and nothing on stderr."""
    output = measure("check.py", seconds=240, **SYNTHETIC)
    assert "synthetic reviews" in output
    row = r"^[A-Z].{23} +[\d.]+ s +[\d.]+ s +([\d.]+) .* ([\d.]+)$"
    rows = re.findall(row, output, re.MULTILINE)
    assert len(rows) == 7
    assert all(float(ratio) > 0 for row in rows for ratio in row)


@pytest.mark.full
def test_an_endpoint_is_measured(measure):
    """A quick run prints the percentiles of both servers, and three ratios."""
    output = measure("endpoint.py", "--no-peers")
    assert output.count("bare uvicorn") == 3
    assert_ratios(output, 1, r"ratio boto3 (\d+\.\d+)")


@pytest.mark.full
def test_s3_is_measured(measure):
    """A quick run prints percentiles of both servers, seconds, memory, and five ratios."""
    output = measure("s3.py", "--no-ministack")
    rows = re.findall(r"^(ours|moto [\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$", output, re.M)
    assert len(rows) == 6
    assert all(float(figure) > 0 for _, *figures in rows for figure in figures)
    assert re.search(r"^file server +[\d.]+$", output, re.M)
    assert re.search(r"ours takes \d+\.\d+ times the floor", output)
    assert_ratios(output, 5, r": ratio (\d+\.\d+), at most")


@pytest.mark.full
def test_tuning_jobs_are_measured(measure):
    """A quick run prints the ratios to a bare loop and of the last jobs, and the wait's seconds."""
    output = measure("tuning.py", may_warn=True)  # xgboost does, in the threads of the bare loop
    assert_ratios(output, 3)
    assert float(re.search(r"wait returns (\d+\.\d+) s", output)[1]) > 0


@pytest.mark.full
def test_the_search_strategies_are_compared(measure):
    """A quick run prints a row for each objective, Hyperband's ratio, and nothing on stderr."""
    output = measure("tuning_strategies.py", **SYNTHETIC)
    assert len(re.findall(r"^\| .* of 3 \| ", output, re.M)) == 6
    assert "synthetic reviews" in output
    assert re.search(r"ratio (\d+\.\d+|inf) in the median", output)
    assert len(re.findall(r"\d ms, last", output)) == 2


@pytest.mark.full
def test_jobs_on_two_instances_are_measured(measure):
    """A quick run prints the ratios of time and memory above zero, and nothing on stderr."""
    assert_ratios(measure("instances.py"), 2)
