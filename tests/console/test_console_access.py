"""Who may see the console, and who may change something by it."""

import asyncio
import stat
from types import SimpleNamespace

import pytest
from botocore.config import Config
from support.clients import make_bucket
from support.console import REGION
from support.signing import send, sign

from helpers.local.console.application import Console
from helpers.local.home import Home
from helpers.local.runtime.status_events import StatusEvents
from helpers.local.wire.request import Request

PAGES = ("", "/us-east-1", "/us-east-1/jobs", "/us-east-1/jobs/x/log", "/us-east-1/jobs/x/stop",
         "/us-east-1/s3/b/download?key=k", "/us-east-1/jobs?live=1", "/nowhere/at/all")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("cookie", ["", "{name}=wrong", "other={token}"])
def test_nothing_is_shown_without_the_cookie(local, visitor, path, cookie):
    """Without the cookie, or with a wrong one, each address answers 403 and says what to do."""
    name, _, token = visitor.cookie.partition("=")
    headers = {"Cookie": cookie.format(name=name, token=token)} if cookie else {}
    answer = send(local, "GET", f"/console{path}", headers=headers)
    assert answer.status == 403
    assert b"helpers.console.show()" in answer.body
    assert "set-cookie" not in answer.headers


def test_the_token_becomes_a_cookie(local, visitor):
    """The token in a link is taken out of the address, and is a cookie for this server only."""
    path = f"/console/{REGION}/s3/b?prefix=a%2Fb"
    answer = send(local, "GET", f"{path}&token={visitor.token}")
    assert answer.status == 303
    assert answer.getheader("location") == path
    cookie = answer.getheader("set-cookie").lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/console;" in cookie
    assert Home(local.home).id in cookie


def test_a_wrong_token_lets_nobody_in(local):
    """A wrong token in a link gets no cookie."""
    answer = send(local, "GET", "/console?token=wrong")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_nobody_else_can_read_the_token(local):
    """The token is in a file of mode 0600, and a restart keeps it."""
    home = Home(local.home)
    assert stat.S_IMODE((home.path / "console-token").stat().st_mode) == 0o600
    before = home.console_token
    home.prepare()
    assert home.console_token == before


@pytest.mark.parametrize("path", ["/jobs", "/jobs/none", "/s3"])
def test_a_page_may_load_nothing_from_outside(visitor, path):
    """Each page forbids scripts, styles and frames of others, and inline ones."""
    answer = visitor.get(path)
    policy = dict(part.split(maxsplit=1) for part in answer.getheader(
        "content-security-policy").split("; "))  # fmt: skip
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("cache-control") == "no-store"
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert "<script>" not in answer.text


@pytest.fixture
def job(sagemaker, trained) -> str:
    """Return the name of a job that has ended, which the tests below fail to delete."""
    return trained["TrainingJobName"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://attacker.example"},
        {"Cookie": ""},
        {"Cookie": "sagemaker-console=wrong"},
    ],
    ids=str,
)
def test_other_sites_change_nothing(sagemaker, visitor, job, headers):
    """A form without our Origin or the cookie is refused, and the job is still there."""
    token = visitor.form_token(f"/jobs/{job}/delete")
    assert visitor.post(f"/jobs/{job}/delete", token, **headers).status == 403
    assert sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobName"] == job


@pytest.mark.parametrize("token", ["", "wrong", "{token}"])
def test_a_form_needs_its_own_token(sagemaker, visitor, job, token):
    """A form without the token of our forms, or with that of the link, is refused."""
    answer = visitor.post(f"/jobs/{job}/delete", token.format(token=visitor.token))
    assert answer.status == 403
    assert sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobName"] == job


def test_a_link_changes_nothing(sagemaker, visitor, job):
    """The address of a question, opened as a link, only asks."""
    assert visitor.get(f"/jobs/{job}/delete").status == 200
    assert sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobName"] == job


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_other_methods_are_refused(local, visitor, method):
    """A page can only be read."""
    headers = {"Cookie": visitor.cookie, "Origin": visitor.origin}
    assert send(local, method, f"/console/{REGION}/jobs", b"", headers).status in (404, 405)


def test_the_cookie_reaches_no_operation(local, visitor):
    """The cookie does not replace a signature: an operation sent with it is refused."""
    headers = {
        "Cookie": visitor.cookie,
        "Origin": visitor.origin,
        "X-Amz-Target": "SageMaker.ListTrainingJobs",
        "Content-Type": "application/x-amz-json-1.1",
    }
    for path in ("/", "/console", f"/console/{REGION}/jobs"):
        answer = send(local, "POST", path, b"{}", headers)
        assert answer.status in (400, 404, 405), path
        assert b"TrainingJobSummaries" not in answer.body


def test_other_host_names_are_refused(local, visitor):
    """A foreign host name is refused with the cookie too: DNS rebinding sees no page."""
    headers = {"Cookie": visitor.cookie, "Host": "attacker.example"}
    assert send(local, "GET", "/console", headers=headers).status == 403


def test_a_bucket_may_be_called_console(local, client):
    """Signed requests for a bucket named `console` go to S3, by headers and by presigned URLs."""
    s3 = client("s3")
    s3.create_bucket(Bucket="console")
    try:
        s3.put_object(Bucket="console", Key="us-east-1/jobs", Body=b"mine")
        got = s3.get_object(Bucket="console", Key="us-east-1/jobs")["Body"].read()
        assert got == b"mine"
        names = {"Bucket": "console", "Key": "us-east-1/jobs"}
        signer = client("s3", config=Config(signature_version="s3v4"))
        url = signer.generate_presigned_url("get_object", Params=names)
        answer = send(local, "GET", url.removeprefix(local.url))
        assert (answer.status, answer.body) == (200, b"mine")
        digest = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
        headers = sign(local, "GET", "/console", b"", digest, service="s3")
        assert b"<Key>us-east-1/jobs</Key>" in send(local, "GET", "/console", headers=headers).body
    finally:
        s3.delete_object(Bucket="console", Key="us-east-1/jobs")
        s3.delete_bucket(Bucket="console")


def test_a_key_that_looks_signed_has_its_page(visitor, s3):
    """A key with the name of a signature's parameter is shown: only parameters are looked at."""
    bucket, key = make_bucket(s3), "X-Amz-Signature=1.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"text")
    assert visitor.get(f"/s3/{bucket}?key=X-Amz-Signature%3D1.txt").status == 200


def test_refusals_come_from_no_page_of_ours(visitor):
    """What there is not is said with 404, in words: no traceback, no JSON."""
    for path in (
        "/jobs/none",
        "/nothing",
        "/jobs/a/b/c",
        "/s3/none-of-this-name",
        "/models/x/stop",
    ):
        answer = visitor.get(path)
        assert answer.status == 404, path
        assert "<h1>Not found</h1>" in answer.text
    assert visitor.get("/console/mars-1/jobs").status == 404


def test_an_error_of_ours_is_a_page(capsys):
    """If a page fails, the answer is 500 in words, without a traceback, which is logged."""

    class Broken:
        def __getattr__(self, name):
            raise OSError("no database")

    home = SimpleNamespace(console_token="secret", id="id")
    context = SimpleNamespace(home=home, statuses=StatusEvents(), database=Broken())
    sent = []

    async def ask() -> None:
        async def send(message) -> None:
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b""}

        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/console/{REGION}/jobs",
            "raw_path": b"",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1:1"), (b"cookie", b"sagemaker-console-id=secret")],
            "server": ("127.0.0.1", 1),
        }
        console = Console(None, SimpleNamespace(context=context))
        await console.answer(Request(scope, receive), send)

    asyncio.run(ask())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 500
    assert b"<h1>Failed</h1>" in sent[1]["body"]
    assert b"no database" not in sent[1]["body"]
    assert "no database" in capsys.readouterr().err
