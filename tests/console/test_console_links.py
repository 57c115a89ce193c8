"""helpers.console: links that lessons can point at, and the command."""

import subprocess
import sys
import webbrowser

import pytest
from support.signing import send

import helpers
from helpers import __main__ as command
from helpers import console
from helpers.local import process
from helpers.local.home import Home

ARN = "arn:aws:sagemaker:eu-west-1:111122223333"


@pytest.fixture(autouse=True)
def chosen_locally(local, monkeypatch):
    """No variable of the machine chooses AWS."""
    for name in ("AWS_ENDPOINT_URL", "SAGEMAKER_COURSE_BACKEND"):
        monkeypatch.delenv(name, raising=False)


def opened(local, link: str):
    """Open a link as a browser does: with its cookie, to where it leads."""
    first = send(local, "GET", link.removeprefix(local.url))
    cookie = first.getheader("set-cookie").partition(";")[0]
    return send(local, "GET", first.getheader("location"), headers={"Cookie": cookie})


def test_show_leads_to_the_first_page(local):
    """The link of show() opens the dashboard in a browser that has never been here."""
    link = helpers.console.show()
    assert link.startswith(f"{local.url}/console/us-east-1?token=")
    assert b"<h1>Dashboard</h1>" in opened(local, link).body


def test_a_described_job_has_its_link(local, sagemaker, trained):
    """A link of a Describe answer, of its ARN or of an SDK's object opens the job's page."""

    class Resource:
        training_job_arn = trained["TrainingJobArn"]
        training_job_name = trained["TrainingJobName"]

    links = {console.link(each) for each in (trained, trained["TrainingJobArn"], Resource())}
    (link,) = links
    page = opened(local, link).body.decode()
    assert f"<h1>{trained['TrainingJobName']}</h1>" in page


def test_an_s3_uri_has_its_link(local, trained):
    """A link of an S3 URI opens the object's page."""
    link = console.link(trained["ModelArtifacts"]["S3ModelArtifacts"])
    assert b"<h1>model.tar.gz</h1>" in opened(local, link).body


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (f"{ARN}:endpoint/e", "/console/eu-west-1/endpoints/e"),
        ({"EndpointConfigArn": f"{ARN}:endpoint-config/c"}, "/console/eu-west-1/endpointConfig/c"),
        ({"RoleArn": "arn:aws:iam::1:role/r", "ModelArn": f"{ARN}:model/m"},
         "/console/eu-west-1/models/m"),
        ({"HyperParameterTuningJobArn": f"{ARN}:hyper-parameter-tuning-job/t"},
         "/console/eu-west-1/hyper-tuning-jobs/t"),
        ({"TransformJobArn": f"{ARN}:transform-job/t"}, "/console/eu-west-1/transform-jobs/t"),
        ("s3://bucket/a/", "/console/us-east-1/s3/bucket?prefix=a%2F"),
    ],
)  # fmt: skip
def test_each_resource_has_its_address(local, resource, path):
    """The address names Region, type and resource, as AWS's console does."""
    assert console.link(resource).startswith(f"{local.url}{path}")


@pytest.mark.parametrize(
    ("resource", "error", "text"),
    [
        ("boston", ValueError, "'boston' is neither an ARN of SageMaker nor an S3 URI"),
        ("boston", ValueError, "A name alone can be that of several resources. Pass the answer of"),
        ("arn:aws:iam::1:role/r", ValueError, "neither an ARN of SageMaker"),
        (f"{ARN}:pipeline/p", ValueError, "ARN of one of these: notebook-instance"),
        ({"RoleArn": "arn:aws:iam::1:role/r"}, TypeError, "resource with an ARN, got dict"),
        (7, TypeError, "resource with an ARN, got int"),
    ],
)
def test_what_has_no_page_is_refused(resource, error, text):
    """What is neither an ARN nor an S3 URI, nor has one, is refused with what to pass."""
    with pytest.raises(error, match=text):
        console.link(resource)


def test_a_notebook_shows_a_link():
    """In a notebook it is a link in a new tab; the token is in the address, and is not shown."""
    link = console.ConsoleLink("http://127.0.0.1:1/console/us-east-1/s3/b?key=a&token=secret")
    html = link._repr_html_()
    assert 'href="http://127.0.0.1:1/console/us-east-1/s3/b?key=a&amp;token=secret"' in html
    assert html.endswith(">http://127.0.0.1:1/console/us-east-1/s3/b?key=a</a>")


def test_a_link_survives_a_restart(tmp_path, monkeypatch):
    """After a restart of the server, the link and the cookie of before are still good."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    link = console.show()
    endpoint = process.running_endpoint()
    try:
        first = send(endpoint, "GET", link.removeprefix(endpoint.url))
        cookie = first.getheader("set-cookie").partition(";")[0]
        process.stop(Home(tmp_path))
        again = console.show()
        endpoint = process.running_endpoint()
        assert again == link
        page = send(endpoint, "GET", first.getheader("location"), headers={"Cookie": cookie})
        assert page.status == 200
    finally:
        process.stop(Home(tmp_path))


def test_on_aws_the_links_are_aws(monkeypatch):
    """If AWS is chosen, the links are those of AWS's console, and no server is started."""
    monkeypatch.setenv("SAGEMAKER_COURSE_BACKEND", "aws")
    monkeypatch.setattr(process, "ensure_running", lambda: pytest.fail("it was started"))
    site = "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#"
    assert console.link(f"{ARN}:training-job/j") == f"{site}/jobs/j"
    assert console.link(f"{ARN}:hyper-parameter-tuning-job/t") == f"{site}/hyper-tuning-jobs/t"
    s3 = "https://us-east-1.console.aws.amazon.com/s3"
    assert console.link("s3://b/a c/d.csv") == f"{s3}/object/b?prefix=a%20c/d.csv"
    assert console.link("s3://b/a/") == f"{s3}/buckets/b?prefix=a/"
    assert console.show().startswith("https://us-east-1.console.aws.amazon.com/sagemaker/")


@pytest.mark.parametrize(("display", "option", "opens"), [
    (":0", [], True), ("", [], False), (":0", ["--no-browser"], False),
])  # fmt: skip
def test_the_command_opens_a_browser_if_there_is_one(monkeypatch, capsys, display, option, opens):
    """`python -m helpers console` prints the link, and opens it where a window can be seen."""
    seen = []
    monkeypatch.setattr(webbrowser, "open", seen.append)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert command.main(["console", *option]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("The console: http://127.0.0.1:")
    assert seen == ([printed.split()[-1]] if opens else [])


def test_helpers_stays_light():
    """`import helpers` loads neither the console nor what it needs."""
    code = "import helpers, sys; print([n for n in sys.modules if 'console' in n or 'jinja' in n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
