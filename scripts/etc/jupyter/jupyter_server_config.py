"""Settings of the JupyterLab in .venv/, however it is started. Set-up copies this file there.

What a learner sees first is the start page; the terminal speaks to the course's environment.
"""

from pathlib import Path
from urllib.parse import quote

from helpers.home import START_PAGE

c = get_config()  # noqa: F821 (traitlets defines it)
FOLDER = Path(__file__).resolve().parent  # .venv/etc/jupyter

c.LabApp.default_url = f"/lab/tree/{quote(START_PAGE.name)}"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extra_labextensions_path = [str(FOLDER / "labextensions")]
c.ServerApp.contents_manager_class = "helpers.course.contents.CourseContentsManager"
# bash for everybody: the commands on our pages are written for it. It reads ~/.bashrc first.
c.ServerApp.terminado_settings = {
    "shell_command": ["bash", "--rcfile", str(FOLDER / "terminal.sh"), "-i"]
}
