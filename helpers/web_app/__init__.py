"""Run a web app on this machine as AWS would: a function as in Lambda, behind an API, with a page.

`package` writes the zip file that Lambda gets, `Function` runs it in a process of its own,
`WebApp` puts an API as of API Gateway before it and serves the page, and `write_page` writes the
page for a web server. `scores_by_count` in `helpers.plots` draws what clipping changes.
"""

from helpers.web_app.function import Function, FunctionError
from helpers.web_app.package import package
from helpers.web_app.page import write_page
from helpers.web_app.payload_format import request_event
from helpers.web_app.server import WebApp

__all__ = ["Function", "FunctionError", "WebApp", "package", "request_event", "write_page"]
