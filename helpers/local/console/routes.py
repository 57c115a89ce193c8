"""The console's addresses, and who may ask for them."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from moto.logs.models import logs_backends
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from helpers.catalog.resource_types import ENDPOINT, ENDPOINT_LOG_GROUPS
from helpers.home import ACCOUNT
from helpers.local.console.access import HEADERS, Access
from helpers.local.console.actions import apply, consequence
from helpers.local.console.content import NotFoundError, Page
from helpers.local.console.live import Live
from helpers.local.console.log_view import whole_log
from helpers.local.console.pages import find_document, make_page
from helpers.local.console.render import fragments, navigation, render, static_files
from helpers.local.console.s3_pages import find_object
from helpers.local.console.shown_types import BY_SLUG, ShownType
from helpers.local.console.urls import ROOT, page_url
from helpers.local.console.view import View
from helpers.local.home import default_region
from helpers.local.resources.control_plane import ControlPlane
from helpers.local.runtime.runner import Runner
from helpers.local.wire.errors import AwsError

FORM_LIMIT = 4096  # bytes
Answer = Callable[[Request], Awaitable[Response]]


def application(control_plane: ControlPlane, runner: Runner) -> Starlette:
    """Return the ASGI application of the console."""
    site = Site(control_plane, runner)
    action = f"{ROOT}/{{region}}/{{slug}}/{{name}}/{{action}}"
    return Starlette(
        routes=[
            Route(f"{ROOT}/static/{{name}}", static),
            Route(ROOT, site.guarded(site.home)),
            Route(f"{ROOT}/{{region}}/{{slug}}/{{name}}/log", site.guarded(site.log)),
            Route(f"{ROOT}/{{region}}/s3/{{bucket}}/download", site.guarded(site.download)),
            Route(action, site.guarded(site.ask), methods=["GET"]),
            Route(action, site.change, methods=["POST"]),
            Route(f"{ROOT}/{{region}}/{{rest:path}}", site.guarded(site.page)),
            Route(f"{ROOT}/{{region}}", site.guarded(site.page)),
        ],
        exception_handlers={
            NotFoundError: site.not_found,
            HTTPException: site.http_error,
            Exception: site.failed,
        },
    )


async def static(request: Request) -> Response:
    """Answer with the style sheet or the script; they hold nothing of anybody.

    Their addresses change with their content, so that a browser asks once.
    """
    file = static_files().get(request.path_params["name"])
    if file is None:
        raise NotFoundError("This file does not exist.")
    headers = HEADERS | {"Cache-Control": "max-age=31536000, immutable"}
    return Response(file.content, 200, headers, file.media_type)


class Site:
    """Answers the console's requests.

    Parameters
    ----------
    control_plane
        Stops and deletes resources.
    runner
        Where the workloads run.
    """

    def __init__(self, control_plane: ControlPlane, runner: Runner):
        self._control_plane, self._runner = control_plane, runner
        home = runner.context.home
        self._access = Access(home.console_token, home.id)
        self._live = Live(runner.context.statuses)

    def guarded(self, answer: Answer) -> Answer:
        """Let only browsers with the cookie in, and give it to those with the token."""

        async def checked(request: Request) -> Response:
            if self._access.is_token(request.query_params.get("token", "")):
                url = URL(scope=request.scope).remove_query_params("token")
                response = RedirectResponse(url.path + (f"?{url.query}" if url.query else ""), 303)
                response.headers.update(HEADERS)
                self._access.set_cookie(response)
                return response
            if not self._access.may_read(request.cookies):
                return _html(render("refused.html"), 403)
            return await answer(request)

        return checked

    async def home(self, request: Request) -> Response:
        """Lead to the first page of the default Region."""
        return RedirectResponse(page_url(default_region()), 303, HEADERS)

    async def page(self, request: Request) -> Response:
        """Answer with a page, or with its changes as they happen."""
        view = self._view(request)
        parts = [part for part in request.path_params.get("rest", "").split("/") if part]

        def make() -> Page:
            return make_page(view, parts)

        if "live" in request.query_params:
            key = str(request.url)
            if not self._live.is_watched(key):
                await asyncio.to_thread(make)  # what is not there is 404, and not an empty stream
            events = self._live.events(key, make)
            return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)
        return _html(await asyncio.to_thread(self._render, view, request, make))

    async def log(self, request: Request) -> Response:
        """Answer with a resource's whole log as text."""
        view, shown_type = self._view(request), self._shown_type(request)
        document = find_document(view, shown_type, request.path_params["name"])
        name = document[shown_type.resource.name_member]
        where = (shown_type.resource.log_group, f"{name}/")
        if shown_type.resource == ENDPOINT:
            where = (f"{ENDPOINT_LOG_GROUPS}/{name}", "")
        text = await asyncio.to_thread(whole_log, view.context.logs, view.region, *where)
        return Response(text, media_type="text/plain; charset=utf-8", headers=HEADERS)

    async def download(self, request: Request) -> Response:
        """Answer with an object's bytes, which the browser stores and never shows."""
        key = request.query_params.get("key", "")
        stored = await asyncio.to_thread(find_object, request.path_params["bucket"], key)
        name = quote(key.rpartition("/")[2] or "object", safe="")
        headers = HEADERS | {
            "Content-Length": str(stored.size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return StreamingResponse(stored.content(), 200, headers, "application/octet-stream")

    async def ask(self, request: Request, problem: AwsError | None = None) -> Response:
        """Ask whether a resource should be stopped or deleted."""
        view, shown_type = self._view(request), self._shown_type(request)
        action, name = self._action(request), request.path_params["name"]
        find_document(view, shown_type, name)
        slug = shown_type.slug
        html = render(
            "confirm.html",
            **self._frame(view, request),
            action=action,
            shown_type=shown_type,
            name=name,
            consequence=consequence(shown_type, action),
            form_token=self._access.form_token,
            parents=[view.link(slug, text=shown_type.title), view.link(slug, name)],
            problem=problem,
        )
        return _html(html, problem.status if problem else 200)

    async def change(self, request: Request) -> Response:
        """Stop or delete a resource, as its form asks for."""
        body = await _form(request)
        if not self._access.may_change(request.headers, request.cookies, body):
            return _html(render("refused.html"), 403)
        view, shown_type = self._view(request), self._shown_type(request)
        action, name = self._action(request), request.path_params["name"]
        try:
            await apply(self._control_plane, view.region, shown_type, action, name)
        except AwsError as error:
            find_document(view, shown_type, name)
            return await self.ask(request, error)
        exists = view.database.read(shown_type.resource.arn_type, view.region, name) is not None
        target = page_url(view.region, shown_type.slug, *([name] if exists else []))
        return RedirectResponse(target, 303, HEADERS)

    async def not_found(self, request: Request, error: Exception) -> Response:
        """Say what is missing, to those who may know."""
        return await self._problem(request, 404, str(error))

    async def http_error(self, request: Request, error: HTTPException) -> Response:
        """Answer an address or a method that does not exist."""
        return await self._problem(request, error.status_code, str(NotFoundError()))

    async def failed(self, request: Request, error: Exception) -> Response:
        """Answer an error of ours."""
        message = "The page could not be made; `python -m helpers local logs` says why."
        return await self._problem(request, 500, message)

    async def _problem(self, request: Request, status: int, message: str) -> Response:
        if not self._access.may_read(request.cookies):
            return _html(render("refused.html"), 403)
        return _html(
            render("problem.html", region=default_region(), status=status, message=message), status
        )

    def _render(self, view: View, request: Request, make: Callable[[], Page]) -> str:
        page = make()
        frame = self._frame(view, request)
        return render("page.html", **frame, page=page, fragments=fragments(page))

    def _frame(self, view: View, request: Request) -> dict[str, object]:
        return {
            "region": view.region,
            "navigation": navigation(view.region),
            "home": page_url(view.region),
            "address": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        }

    def _view(self, request: Request) -> View:
        region = request.path_params["region"]
        if region not in logs_backends[ACCOUNT].regions:
            raise NotFoundError(f"There is no Region {region}.")
        query = {name: value for name, value in request.query_params.items() if name != "live"}
        return View(region, self._runner, query)

    def _shown_type(self, request: Request) -> ShownType:
        shown_type = BY_SLUG.get(request.path_params["slug"])
        if shown_type is None:
            raise NotFoundError
        return shown_type

    def _action(self, request: Request) -> str:
        action, shown_type = request.path_params["action"], self._shown_type(request)
        allowed = {"stop": shown_type.can_stop, "delete": shown_type.can_delete}
        if not allowed.get(action):
            raise NotFoundError
        return action


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status, HEADERS, "text/html; charset=utf-8")


async def _form(request: Request) -> str:
    """Return a form's body, "" for one that is longer than any of our forms."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_LIMIT:
            return ""
    return body.decode("latin-1")
