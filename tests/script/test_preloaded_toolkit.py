"""AWS's toolkit alone is forked from a preloaded interpreter; scripts run in new ones."""

import json

import pytest
from support import course_image
from support.course_image import framework
from support.polling import eventually
from support.script_jobs import ScriptJobs
from support.servers import running

from helpers.local.home import Home
from helpers.local.runtime import preloaded_images
from helpers.local.runtime.image_layers import RELOCATABLE

pytestmark = pytest.mark.skipif(
    not preloaded_images.is_enabled(), reason="the toolkit is forked on Linux only"
)
# Stands for AWS's toolkit: says what has been imported, looks at S3, and starts the script.
TOOLKIT = b"""python3 "$0" "$@"
' '''
import json, os, subprocess, sys
forked = [name for name in ("boto3", "xgboost") if name in sys.modules]
import boto3
loaded = len(boto3._get_default_session()._session.get_component("data_loader")._cache)
session = boto3.Session()
keys = session.get_credentials().get_frozen_credentials()
own = [keys.access_key, session.region_name] == [
    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_DEFAULT_REGION"]
]
buckets = len(boto3.client("s3").list_buckets()["Buckets"])
sys.stdout.flush()
script = "import json, sys; print(json.dumps(['boto3' in sys.modules, sys.executable]))"
output = subprocess.check_output([sys.executable, "-c", script], text=True)
seen = [forked, loaded > 0, own, buckets > 0, sys.executable, json.loads(output)]
print("shown " + json.dumps(seen))
"""


@pytest.fixture(scope="module")
def toolkit_only(tmp_path_factory):
    """Return what runs script jobs where the image's interpreter has the toolkit's modules."""
    home = tmp_path_factory.mktemp("home")
    train = course_image.pull(home) / "bin/train"
    train.write_bytes(RELOCATABLE + TOOLKIT)
    train.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(preloaded_images.SETTING, preloaded_images.TOOLKIT_ONLY)
        with running(home) as endpoint:
            script_jobs = ScriptJobs(endpoint)
            script_jobs.first = shown(script_jobs)
            eventually(preloaded_images.socket_path(Home(home), framework()).exists, 60)
            yield script_jobs


def shown(script_jobs: ScriptJobs) -> list:
    """Run a job by the older protocol; return what the toolkit has printed."""
    ended = script_jobs.run(script_jobs.toolkit_request({"train.py": ""}))
    (line,) = [line for line in ended.log if line.startswith("shown ")]
    return json.loads(line.removeprefix("shown "))


def test_the_toolkit_is_forked_and_the_script_is_not(toolkit_only):
    """The fork has the toolkit's modules without the image's libraries; the script has none."""
    python = "/opt/job/python/bin/python3"
    assert shown(toolkit_only)[0] == ["boto3"]
    assert shown(toolkit_only)[4:] == [python, [False, python]]


def test_the_session_is_prepared_and_has_the_keys_of_the_job(toolkit_only):
    """S3's description is loaded in advance; keys and Region are those of the job's variables."""
    assert shown(toolkit_only)[1:4] == [True, True, True]


def test_before_the_interpreter_runs_the_toolkit_is_new(toolkit_only):
    """The first job of an image does not wait for the imports: its toolkit is a new process."""
    assert toolkit_only.first[0] == []
    assert toolkit_only.first[2:4] == [True, True]
