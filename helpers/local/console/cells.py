"""Values as HTML; everything that comes from jobs, keys and logs is escaped here or by Jinja."""

from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from helpers.local.console.content import Link, Status

TONES = {  # of statuses; any other is bad
    "good": ("Completed", "InService", "Succeeded", "Enabled", "APPROVED"),
    "busy": (
        "InProgress", "Stopping", "Starting", "Downloading", "Training", "Uploading", "Pending",
        "Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting",
    ),
    "idle": ("Stopped", "MaxRuntimeExceeded"),
}  # fmt: skip
_TONE_OF = {status: tone for tone, statuses in TONES.items() for status in statuses}


def cell(value: Any) -> Markup:
    """Return a value as HTML.

    >>> cell("<b>")
    Markup('&lt;b&gt;')
    >>> cell(None)
    Markup('-')
    """
    match value:
        case None | "":
            return Markup("-")
        case Link(text, None):
            return escape(text)
        case Link(text, url):
            return Markup('<a href="{}">{}</a>').format(url, text)
        case Status(text):
            tone = _TONE_OF.get(text, "bad")
            return Markup('<span class="status {}">{}</span>').format(tone, text)
        case datetime():
            return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), time(value))
        case bool():
            return Markup("Enabled" if value else "Disabled")
        case float():
            return escape(f"{value:.6g}")
        case list() | tuple():
            return Markup(", ").join(map(cell, value)) if value else Markup("-")
    return escape(value)


def time(value: datetime) -> str:
    """Return a time in this machine's zone, which is the reader's too."""
    local = value.astimezone()
    return f"{local:%b} {local.day}, {local:%Y, %H:%M:%S} ({local:%Z})"


def duration(start: datetime | None, end: datetime) -> str:
    """Return the time between two times as AWS's console does.

    >>> from datetime import timedelta
    >>> duration(datetime(2026, 1, 1), datetime(2026, 1, 1) + timedelta(seconds=75))
    '1 minute 15 seconds'
    """
    if start is None:
        return "-"
    seconds = max(0, round((end - start).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "hour"), (minutes, "minute"), (seconds, "second"))
    shown = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count]
    return " ".join(shown[:2]) or "0 seconds"


def size(count: int) -> str:
    """Return a number of bytes as S3's console does.

    >>> size(3), size(34_816)
    ('3 B', '34.0 KB')
    """
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            break
        value /= 1024
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
