"""What a job's process has mounted stays, whatever other programs do meanwhile."""

import json
import subprocess
import sys
from dataclasses import asdict

from support.mounts import needs_mounts

from helpers.local.containers.script import launcher
from helpers.local.runtime import opt_ml_mount


@needs_mounts
def test_a_mount_point_that_another_program_removes(tmp_path):
    """A script keeps its /opt/ml if there was one on the machine, and it is removed meanwhile."""
    parent, folder = tmp_path / "opt", tmp_path / "job"
    mount_point = parent / "ml"
    for path in (mount_point, folder, parent / "other"):
        path.mkdir(parents=True)
    launch = opt_ml_mount.Launch(str(folder), str(folder), "algo-1", "/etc/hosts")
    spec = asdict(launch) | {
        "lines": [],
        "mounted": {str(mount_point): str(folder)},
        "start_folder": str(folder),
    }
    script = f"echo ready; read line; mkdir {mount_point}/made && ls {parent}"
    command = [sys.executable, launcher.__file__, json.dumps(spec), "/bin/sh", "-c", script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout.readline() == "ready\n"
        mount_point.rmdir()
        listed, _ = started.communicate("go on\n", timeout=30)
    assert listed.split() == ["ml", "other"]
    assert (folder / "made").is_dir()
    assert not mount_point.exists()
