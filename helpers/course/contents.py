"""The files that JupyterLab shows: the checkout's, with a start page that is always up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from helpers.course import start_page

REFRESH_SECONDS = 5  # how long a reader waits for AWS; here it takes milliseconds


class CourseContentsManager(AsyncLargeFileManager):
    """Jupyter's own manager of files, which writes the start page before somebody reads it."""

    _refreshing: asyncio.Future | None = None

    async def get(self, path: str, *args: Any, **options: Any) -> dict[str, Any]:
        """Return a file's model; of the start page, as it is now."""
        await self._refresh(path)
        return await super().get(path, *args, **options)

    async def file_exists(self, path: str) -> bool:
        """Tell whether a file exists; the start page does."""
        await self._refresh(path)
        return await super().file_exists(path)

    async def _refresh(self, path: str) -> None:
        """Write the start page, if that is what is read; if it takes long, leave it as it was."""
        if Path(self._get_os_path(path)) != start_page.START_PAGE:
            return
        if self._refreshing is None or self._refreshing.done():
            loop = asyncio.get_running_loop()
            self._refreshing = loop.run_in_executor(None, start_page.refresh)
        try:
            try:
                await asyncio.wait_for(asyncio.shield(self._refreshing), REFRESH_SECONDS)
            except TimeoutError:
                if not start_page.START_PAGE.exists():
                    start_page.write(None, "AWS has not answered yet. Open this page again.")
        except OSError as error:
            self.log.warning("The start page can't be written: %s", error)
