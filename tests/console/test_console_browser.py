"""The console in a browser: live, by keyboard, without scripts, on a phone, for screen readers."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from support import jobs, tuning
from support.browser import chromium, grave_violations
from support.clients import make_bucket
from support.endpoints import configure, variant, wait_in_service

HTML = "<img src=x onerror=\"document.title='run'\">"
PHONE, DESKTOP = {"width": 375, "height": 700}, {"width": 1280, "height": 720}
WAIT_MS = 60_000  # of a busy machine


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser, visitor) -> Callable:
    """Return a function that opens a page in a new browser profile with the console's cookie.

    It fails at the end if the page wrote an error to the browser's console.
    """
    contexts, problems = [], []

    def open_page(path: str, **settings):
        context = browser.new_context(base_url=visitor.endpoint.url, **settings)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"/console?token={visitor.token}")
        page.goto(f"/console/us-east-1{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def expect_heading(page: Page, text: str) -> None:
    """Wait until the page has this heading: it may still be loading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text, timeout=WAIT_MS)


@pytest.fixture(scope="module")
def shown(sagemaker, s3, client, trained, model) -> SimpleNamespace:
    """Return the names of what the tests look at: real jobs, an endpoint, objects full of HTML."""
    bucket = make_bucket(s3)
    s3.put_object(Bucket=bucket, Key="train.csv", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=bucket, Key=f"odd/{HTML}.txt", Body=HTML.encode())
    name = jobs.new_name("endpoint")
    configure(sagemaker, name, variant(model, "first"), variant(model, "second"))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    for _ in range(4):
        client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, ContentType="text/csv", Body=b"1,2"
        )
    tuned = tuning.tune(sagemaker, tuning.tuning_request(tuning.data_bucket(s3), number=3))
    data = make_bucket(s3)
    s3.put_object(Bucket=data, Key="test.csv", Body=jobs.TEST_CSV)
    transform = jobs.transform(sagemaker, jobs.transform_request(data, model))
    yield SimpleNamespace(
        job=trained["TrainingJobName"],
        artifact=trained["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://"),
        bucket=bucket,
        endpoint=name,
        tuning=tuned[tuning.MEMBER],
        model=model,
        transform=transform["TransformJobName"],
    )
    sagemaker.delete_endpoint(EndpointName=name)


def paths(shown: SimpleNamespace) -> list[str]:
    """Return the address of a page of each sort."""
    bucket, _, key = shown.artifact.partition("/")
    return [
        "",
        "/jobs",
        f"/jobs/{shown.job}",
        f"/jobs/{shown.job}/delete",
        f"/hyper-tuning-jobs/{shown.tuning}",
        f"/models/{shown.model}",
        f"/endpointConfig/{shown.endpoint}",
        f"/endpoints/{shown.endpoint}",
        f"/transform-jobs/{shown.transform}",
        "/notebook-instances",
        "/s3",
        f"/s3/{shown.bucket}?prefix=odd/",
        f"/s3/{shown.bucket}?key=train.csv",
        f"/s3/{bucket}?key={quote(key)}",
        "/quotas",
        "/costs",
    ]


def test_axe_finds_nothing_serious(open_page, shown):
    """No page has a serious or critical violation: in light, in dark, and on a phone.

    At 375 pixels no page scrolls sideways.
    """
    page = open_page("")
    for path in paths(shown):
        page.set_viewport_size(DESKTOP)
        page.goto(f"/console/us-east-1{path}")
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert grave_violations(page) == [], (path, scheme)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert grave_violations(page) == [], (path, PHONE)


def test_axe_finds_nothing_serious_before_the_link_is_opened(browser, visitor):
    """The page that refuses a browser is fit for screen readers too."""
    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{visitor.endpoint.url}/console")
    assert page.get_by_role("heading", name="This browser has not been let in").is_visible()
    assert grave_violations(page) == []
    page.close()


def test_the_menu_is_one_tap_away_on_a_phone(open_page):
    """At 375 pixels a tap opens the menu, and another leads to a page."""
    page = open_page("/costs", viewport=PHONE)
    page.get_by_role("link", name="Menu").click()
    page.get_by_role("link", name="Batch transform jobs").click()
    expect_heading(page, "Batch transform jobs")


def test_a_running_job_is_followed(open_page, sagemaker, data):
    """Curve, log and status follow a running job, and a stop asks first; nothing is reloaded."""
    request = jobs.training_request(data, hyperparameters=tuning.LONG)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    page = open_page("/jobs")
    page.get_by_role("link", name=name).click()
    page.wait_for_url(f"**/jobs/{name}")
    page.evaluate("window.mark = 'same document'")
    log = page.get_by_role("group", name="Logs")
    log.filter(has_text="#011train-rmse").wait_for()
    before = log.inner_text()
    page.wait_for_function(
        "before => document.querySelector('pre.lines').innerText !== before", arg=before
    )
    page.locator("polyline.line").first.wait_for()
    assert page.evaluate("window.mark") == "same document"
    stopping = page.context.new_page()
    stopping.goto(page.url)
    stopping.get_by_role("link", name="Stop").click()
    expect_heading(stopping, f"Stop {name}?")
    stopping.get_by_role("button", name="Stop").click()
    stopping.wait_for_url(f"**/jobs/{name}")
    page.bring_to_front()
    page.locator("#settings .status", has_text="Stopped").wait_for()
    assert page.evaluate("window.mark") == "same document"
    assert page.get_by_role("status").inner_text() == f"{name}: Stopped"
    assert page.locator(".buttons a").all_inner_texts() == ["Refresh", "Delete"]
    assert jobs.wait_for_training(sagemaker, name)["TrainingJobStatus"] == "Stopped"


def test_a_click_during_an_update_counts(open_page, sagemaker, data):
    """What is under a pressed button is not replaced, so its release is a click on it."""
    job = jobs.train(sagemaker, jobs.training_request(data))["TrainingJobName"]
    page = open_page("/jobs")
    page.get_by_role("link", name=job).hover()
    page.mouse.down()
    request = jobs.training_request(data)
    sagemaker.create_training_job(**request)  # changes the list
    page.wait_for_function("() => waiting.length > 0")
    assert page.get_by_role("link", name=request["TrainingJobName"]).count() == 0
    page.mouse.up()
    page.wait_for_url(f"**/jobs/{job}")


def test_updates_go_on_after_a_press(open_page, sagemaker, data):
    """What came while a button was pressed is shown once it is released."""
    page = open_page("/jobs")
    page.get_by_role("heading", level=1).hover()
    page.mouse.down()
    request = jobs.training_request(data)
    sagemaker.create_training_job(**request)
    page.wait_for_function("() => waiting.length > 0")
    page.mouse.up()
    page.get_by_role("link", name=request["TrainingJobName"]).wait_for()


def test_without_scripts_all_is_readable(open_page, shown):
    """Without JavaScript each page shows what it has, and its link refreshes it."""
    page = open_page(f"/jobs/{shown.job}", java_script_enabled=False)
    assert "Completed" in page.locator("#settings").inner_text()
    assert page.locator("#monitor svg polyline").count() == 1
    assert "#011train-rmse" in page.locator("#logs").inner_text()
    page.get_by_role("link", name="Refresh").click()
    expect_heading(page, shown.job)
    page.goto(f"/console/us-east-1/endpoints/{shown.endpoint}")
    assert "InService" in page.locator("#settings").inner_text()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("link", name="Cancel").click()
    expect_heading(page, shown.endpoint)


def test_html_in_logs_and_keys_is_text(open_page, client, shown, sagemaker, data):
    """HTML in a log line, a key and an object is read as text, and runs nothing."""
    job = jobs.train(sagemaker, jobs.training_request(data))
    logs, group = client("logs"), "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix=job["TrainingJobName"]
    )["logStreams"]
    logs.put_log_events(
        logGroupName=group,
        logStreamName=stream["logStreamName"],
        logEvents=[{"timestamp": stream["lastEventTimestamp"] + 1, "message": HTML}],
    )
    page = open_page(f"/jobs/{job['TrainingJobName']}")
    assert HTML in page.get_by_role("group", name="Logs").inner_text()
    assert page.locator("img").count() == 0
    page.goto(f"/console/us-east-1/s3/{shown.bucket}?prefix=odd/")
    page.get_by_role("link", name=f"{HTML}.txt").click()
    expect_heading(page, f"{HTML}.txt")
    assert HTML in page.get_by_role("group", name="Preview").inner_text()
    assert page.locator("img").count() == 0
    assert page.title() != "run"


def test_a_model_is_found_by_clicks(open_page, shown):
    """From the dashboard to a job, its artifact and the trees in it, by clicks alone."""
    page = open_page("")
    page.get_by_role("link", name="Training jobs").first.click()
    page.get_by_label("Name contains").fill(shown.job)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=shown.job).click()
    page.get_by_role("link", name=re.compile("model.tar.gz")).click()
    page.get_by_role("img", name=re.compile("^Tree 0")).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "model.tar.gz"


def test_a_job_is_deleted_by_keyboard_alone(open_page, sagemaker, data):
    """Tab and Enter are enough to pass the menu, find a job, and delete it after the question."""
    name = jobs.train(sagemaker, jobs.training_request(data))["TrainingJobName"]
    page = open_page("/jobs")

    def tab_to(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.innerText || ''")
            if focused.strip() == text:
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline == "solid", text
                return
        raise AssertionError(f"Tab never reached {text}")

    tab_to("Skip to the content")
    page.keyboard.press("Enter")
    tab_to(name)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/jobs/{name}")
    tab_to("Delete")
    page.keyboard.press("Enter")
    page.wait_for_url("**/delete")
    tab_to("Delete")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs")
    assert page.get_by_role("link", name=name).count() == 0
    listed = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    assert listed == []
