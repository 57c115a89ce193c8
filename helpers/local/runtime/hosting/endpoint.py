"""Run an endpoint: bring it into the state that its document asks for, and keep it there."""

import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable

from helpers.catalog.resource_types import ENDPOINT
from helpers.local.runtime.artifacts import UploadError
from helpers.local.runtime.hosting import serverless
from helpers.local.runtime.hosting.async_queue import AsyncQueue
from helpers.local.runtime.hosting.capture import DataCapture
from helpers.local.runtime.hosting.fleet import Fleet, LaunchError
from helpers.local.runtime.hosting.rolling_update import RollingUpdate
from helpers.local.runtime.hosting.traffic import Traffic
from helpers.local.runtime.hosting.update import BlueGreenUpdate, UpdateError, weights
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.workloads import Service, WorkloadFailedError, now
from helpers.local.state.database import Document

WATCH_SECONDS = 0.1  # between two looks at whether a container has ended
FLUSH_SECONDS = 1  # between two files of captured data
FLUSH_RETRY_SECONDS = 60  # after one that could not be written
RETRY_SECONDS = 2  # after a container that could not be replaced


class Endpoint(Service):
    """One run of an endpoint, from its creation, or the start of the server, to its deletion.

    The endpoint's document says what is wanted: ``Fleet`` is a list of VariantSpec; ``Next`` holds
    the members that an update asks for, which take their places once all new containers answer.
    Operations change the document, and call `wake`.
    """

    RESOURCE = ENDPOINT
    KILL_SECONDS = 30  # developer guide, "How SageMaker stops a container"

    def __init__(self, *args):
        super().__init__(*args)
        self.traffic = Traffic()
        self.capture: DataCapture | None = None
        self.waiting: AsyncQueue | None = None  # of an asynchronous endpoint
        self._wake = threading.Event()
        self._known: Document | None = None
        self._next_flush = 0.0
        # One that was in service before the server started is, for those who call it.
        self.is_invocable = self.document()["EndpointStatus"] != "Creating"

    def wake(self) -> None:
        """Look at the document now."""
        self._wake.set()

    def work(self) -> None:
        document = self.document()
        fleet = Fleet(self, document["Fleet"])
        if document["EndpointStatus"] == "Creating":
            try:
                fleet.restore()
            except LaunchError as error:
                raise WorkloadFailedError(str(error)) from error
        # One that was in service before the server started stays so: what is missing is started
        # below, again and again if need be.
        self._serve(fleet)
        self._start_capture()
        if config := document.get("AsyncInferenceConfig"):
            self.waiting = AsyncQueue(self, self.traffic, config, document["CreationTime"])
        if document["EndpointStatus"] == "Creating":
            self.change(mark_in_service)
        self.is_invocable = True
        while True:
            try:
                fleet = self._tend(fleet)
            except (LaunchError, OSError, sqlite3.OperationalError) as error:
                print(f"Endpoint {self.name}, tried again: {error}", file=sys.stderr)
                self._wake.wait(RETRY_SECONDS)

    def _tend(self, fleet: Fleet) -> Fleet:
        """Do what is asked for and what is missing; return the fleet that serves then.

        Raises
        ------
        LaunchError, OSError, sqlite3.OperationalError
            If something can't be done now; it is missing still.
        WorkloadStoppedError
            If the endpoint is deleted, or the server shuts down.
        """
        self.checkpoint()
        if self.waiting is None:  # an asynchronous invocation may take an hour
            fleet.check_health()
        document = self._document_if_changed()
        if "Next" in document:
            fleet = self._update(fleet, document)
        elif document["EndpointStatus"] == "Updating":
            self._scale(fleet, document["Fleet"])
        elif "Serverless" in document["Fleet"][0]:
            if serverless.tend(fleet, document["Fleet"][0], self.traffic):
                self._serve(fleet)
        elif not fleet.is_complete():
            fleet.drop_ended()
            self._serve(fleet)
            fleet.restore()
            self._serve(fleet)
        self._flush_captured()
        self._wake.wait(WATCH_SECONDS)
        return fleet

    def _document_if_changed(self) -> Document:
        if self._wake.is_set() or self._known is None:
            self._wake.clear()
            self._known = self.document()
        return self._known

    def finish(self, status: str, reason: str | None) -> None:
        if status != "Stopped" or self.context.closing.is_set():
            return super().finish(status, reason)
        self._flush_captured(now=True)
        if self.waiting is not None:
            self.waiting.forget()
        self.context.database.delete(ENDPOINT.arn_type, self.region, self.name, self.arn)
        self.context.statuses.notify(self.arn)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self, fleet: Fleet) -> None:
        specs = self.document()["Fleet"]
        self.traffic.max_concurrency = specs[0].get("Serverless", {}).get("MaxConcurrency")
        self.traffic.use(fleet.variants(weights(specs)))

    def _update(self, blue: Fleet, document: Document) -> Fleet:
        self._wake.set()  # the document will be another one
        following = document["Next"]
        policy = following.get("DeploymentConfig", {})
        update_class = RollingUpdate if "RollingUpdatePolicy" in policy else BlueGreenUpdate
        update = update_class(self, self.traffic, blue, document["Fleet"], following)
        try:
            green = update.run()
        except UpdateError as error:
            reason = str(error)
            self._record(lambda document: mark_in_service(document, reason))
            return blue
        self._flush_captured(now=True)  # what the old configuration has captured
        self._record(_take_next)
        if self.waiting is not None:
            self.waiting.configure(following["AsyncInferenceConfig"])
        self._start_capture()
        return green

    def _scale(self, fleet: Fleet, specs: list[VariantSpec]) -> None:
        """Change weights and instance counts to what is desired; if that fails, neither."""
        self._wake.set()
        before = {spec["VariantName"]: spec["InstanceCount"] for spec in specs}
        wanted = {spec["VariantName"]: spec["DesiredInstanceCount"] for spec in specs}
        fleet.want(wanted)
        try:
            fleet.restore()
        except LaunchError as error:
            fleet.want(before)
            reason = str(error)
            return self._record(lambda document: mark_in_service(document, reason))
        surplus = fleet.surplus()
        desired = {spec["VariantName"]: spec["DesiredWeight"] for spec in specs}
        self.traffic.use(fleet.variants(desired))
        fleet.retire(surplus)
        self._record(_take_desired)

    def _record(self, change: Callable[[Document], None]) -> None:
        """Write what is true by now, again and again while the disk is full."""
        while True:
            try:
                return self.change(change)
            except sqlite3.OperationalError as error:
                print(f"Endpoint {self.name}, written again: {error}", file=sys.stderr)
                time.sleep(RETRY_SECONDS)
                self.checkpoint()

    def _start_capture(self) -> None:
        config = self.document().get("DataCaptureConfig", {})
        self.capture = (
            DataCapture(config, self.region, self.name, self.folder)
            if config.get("EnableCapture")
            else None
        )

    def _flush_captured(self, now: bool = False) -> None:
        if self.capture is not None and (now or time.monotonic() > self._next_flush):
            self._next_flush = time.monotonic() + FLUSH_SECONDS
            try:
                self.capture.flush()
            except (UploadError, OSError) as error:
                self._next_flush += FLUSH_RETRY_SECONDS
                print(f"Data capture of endpoint {self.name}: {error}", file=sys.stderr)


def mark_in_service(document: Document, reason: str | None = None) -> None:
    """Write that the endpoint is in service; with a reason if its update has failed."""
    document.pop("Next", None)
    document.pop("FailureReason", None)
    document.update(EndpointStatus="InService", LastModifiedTime=now())
    if reason is not None:
        document["FailureReason"] = reason
    for spec in document["Fleet"]:
        spec.update(DesiredInstanceCount=spec["InstanceCount"], DesiredWeight=spec["Weight"])


def recover(runner: Runner) -> None:
    """After a restart: endpoints serve again; what was being deleted is gone."""
    database = runner.context.database
    for document in database.list_all(ENDPOINT.arn_type):
        name, arn, status = (document[f"Endpoint{member}"] for member in ("Name", "Arn", "Status"))
        region = arn.split(":")[3]
        if status == "Deleting":
            database.delete(ENDPOINT.arn_type, region, name, arn)
        elif status != "Failed":
            runner.start(Endpoint(runner.context, region, name, arn))


def _take_next(document: Document) -> None:
    document.pop("DataCaptureConfig", None)  # the new configuration may have none
    following = {key: value for key, value in document["Next"].items() if key != "VariantStatus"}
    document.update(following)
    mark_in_service(document)


def _take_desired(document: Document) -> None:
    for spec in document["Fleet"]:
        spec["InstanceCount"], spec["Weight"] = spec["DesiredInstanceCount"], spec["DesiredWeight"]
    mark_in_service(document)
