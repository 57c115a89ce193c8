"""A script's files stay in its job's folder, also those that it writes by absolute paths."""

import io
import json
import os
import zipfile
from pathlib import Path

from support import jobs
from support.mounts import needs_mounts
from support.polling import eventually

# Writes below each path that a script is told of, and by each program's own ways to the top.
WRITE_EVERYWHERE = """
import os, tempfile
paths = {v for n, v in os.environ.items() if n.startswith("SM_") and v.startswith("/")}
paths |= {"/opt/ml", "/opt/ml/input", "/opt/ml/code", "/opt/own", os.path.expanduser("~"), "."}
paths |= {tempfile.gettempdir(), "/opt", "/opt/ml/../up", os.path.join(os.getcwd(), "..", "..")}
for path in sorted(paths):
    try:
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "left-by-script"), "w") as file:
            file.write("left")
        print("wrote", path)
    except OSError as error:
        print("refused", path, error)
"""


def files_named(name: str, *folders: Path) -> list[Path]:
    return [
        Path(path, name)
        for folder in folders
        for path, _, names in os.walk(folder)
        if name in names
    ]


@needs_mounts
def test_what_a_script_writes_is_in_its_folder(script_jobs, script_home):
    """No path that a script is told of, nor /opt itself, leads out of the job's own folder."""
    before = sorted(Path("/opt").iterdir())
    ended = script_jobs.run(script_jobs.driver_request({"train.py": WRITE_EVERYWHERE}))
    assert ended.status == "Completed", ended.log
    assert "wrote /opt/ml/model" in ended.log
    assert "wrote /opt" in ended.log, "in memory, so that it ends with the job"
    assert sorted(Path("/opt").iterdir()) == before
    job = script_home / f"jobs/training-job/us-east-1/{ended.job['TrainingJobName']}"
    left = files_named("left-by-script", script_home, Path("/opt"))
    assert left, "files that are not uploaded stay with the job"
    assert [file for file in left if job not in file.parents] == []


@needs_mounts
def test_what_is_in_opt_stays_visible(script_jobs):
    """A Python or a library that is installed in /opt can be used by a script."""
    names = {path.name for path in Path("/opt").iterdir()}
    ended = script_jobs.run(
        script_jobs.request("python3", "-c", "import os; print(os.listdir('/opt'))")
    )
    assert set(eval(ended.log[-1])) == names | {"ml", "job"}


def wheel(name: str, code: str) -> bytes:
    """Return a wheel with one module."""
    about = f"{name}-1.dist-info"
    files = {
        f"{name}.py": code,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{about}/RECORD"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file, content in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(file, content)
    return buffer.getvalue()


def test_installed_packages_stay_in_the_job(script_jobs, script_home):
    """What a job's requirements name is installed into its own layer, not into the image."""
    file = "own_package-1-py3-none-any.whl"
    request = script_jobs.driver_request(
        {
            "train.py": "import own_package",
            "requirements.txt": f"./{file}\n",
            file: wheel("own_package", "print('imported')"),
        },
        requirements="requirements.txt",
    )
    ended = script_jobs.run(request)
    assert ended.status == "Completed", ended.log
    assert "imported" in ended.log
    assert files_named("own_package.py", script_home / "images") == []


def test_a_job_leaves_no_data_behind(script_jobs, script_home):
    """After its end a job's data, its layer and its temporary files are removed."""
    ended = script_jobs.run(script_jobs.driver_request({"train.py": "print('ran')"}))
    job = script_home / f"jobs/training-job/us-east-1/{ended.job['TrainingJobName']}"
    # the job cleans up after its last status
    eventually(lambda: not files_named("train.py", job) + files_named("python3", job))


class TestWithoutMounts:
    """Where the system allows no mount on /opt/ml, paths are rewritten."""

    def test_the_driver_runs_in_the_jobs_folder(self, rewriting_jobs):
        """SDK 3's driver runs from rewritten files, and the log says what a script can't do."""
        code = "import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('model')"
        ended = rewriting_jobs.run(rewriting_jobs.driver_request({"train.py": code}))
        assert ended.status == "Completed", ended.log
        assert "nothing can be mounted here on /opt/ml" in ended.log[0]
        assert rewriting_jobs.model_files(ended) == {"m": b"model"}

    def test_arguments_and_variables_are_rewritten(self, rewriting_jobs):
        """/opt/ml in arguments, variables and hyperparameters is the job's folder."""
        show = "cat /opt/ml/input/config/hyperparameters.json; echo; ls $OWN; cat $OWN/train.csv"
        request = rewriting_jobs.request("/bin/sh", "-c", show)
        request["Environment"] = {"OWN": "/opt/ml/input/data/train"}
        request["HyperParameters"] = {"path": "/opt/ml/model", "other": "/opt/mlflow"}
        ended = rewriting_jobs.run(request)
        assert ended.status == "Completed", ended.log
        hyperparameters = json.loads(ended.log[2])
        assert hyperparameters["other"] == "/opt/mlflow"
        assert hyperparameters["path"].endswith("/opt_ml/model")
        assert ended.log[3:] == ["train.csv", *jobs.TRAIN_CSV.decode().splitlines()]

    def test_a_literal_path_is_not_found(self, rewriting_jobs):
        """A script that has /opt/ml written into it fails, as the log has said."""
        code = "open('/opt/ml/model/m', 'w')"
        ended = rewriting_jobs.run(rewriting_jobs.driver_request({"train.py": code}))
        assert ended.status == "Failed"
        assert (
            "FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/model/m'" in ended.log
        )
