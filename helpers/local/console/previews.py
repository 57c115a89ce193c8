"""What an object looks like: CSV as a table, text, JSON, an archive's files and a model's trees."""

import csv
import io
import json
import tarfile
from collections.abc import Iterator

from helpers.local.console.cells import size
from helpers.local.console.content import Lines, Section, Table
from helpers.local.console.model_trees import tree_sections
from helpers.local.state.s3.browsing import BrowsedObject

READ_BYTES = 256 << 10  # of an object that is shown as a table or a text
MOST_ROWS, MOST_COLUMNS, MOST_LINES, MOST_MEMBERS = 100, 40, 500, 200
CSV_ENDINGS = (".csv", ".csv.out")
ARCHIVE_ENDINGS = (".tar.gz", ".tgz")
MOST_ARCHIVE_BYTES = 64 << 20  # of an archive that is opened


def previews(stored: BrowsedObject) -> list[Section]:
    """Return the sections that show an object's content."""
    name = stored.key.lower()
    if name.endswith(ARCHIVE_ENDINGS):
        return _archive(stored)
    if trees := tree_sections(stored.key, stored.etag, lambda: b"".join(stored.content())):
        return trees
    with open(stored.path, "rb") as file:
        content = file.read(READ_BYTES)
    is_cut = stored.size > len(content)
    try:
        text = content.decode("utf-8", "ignore" if is_cut else "strict")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        return [Lines("preview", "Preview", (), empty="Binary data, which is not shown.")]
    if name.endswith(CSV_ENDINGS):
        return [_table(text, is_cut)]
    if name.endswith(".json") and not is_cut:
        text = _indented(text)
    return [_text(text, is_cut)]


def _table(text: str, is_cut: bool) -> Table:
    lines = text.splitlines()
    whole = lines[:-1] if is_cut else lines
    rows = list(csv.reader(io.StringIO("\n".join(whole[:MOST_ROWS]))))
    width = max(map(len, rows), default=0)
    shown = min(width, MOST_COLUMNS)
    notes = [f"The first {len(rows)} rows."] if is_cut or len(whole) > len(rows) else []
    if shown < width:
        notes.append(f"The first {shown} of {width} columns.")
    padded = [[*row[:shown], *[""] * (shown - len(row))] for row in rows]
    columns = [str(number) for number in range(1, shown + 1)]
    return Table("preview", "Preview", columns, padded, "It is empty.", " ".join(notes))


def _text(text: str, is_cut: bool) -> Lines:
    lines = text.splitlines()
    shown = [line[:2000] for line in lines[:MOST_LINES]]
    note = f"The first {len(shown)} lines." if is_cut or len(shown) < len(lines) else ""
    return Lines("preview", "Preview", shown, note, "It is empty.")


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _archive(stored: BrowsedObject) -> list[Section]:
    """List an archive's files, and draw the trees of a model in it."""
    if stored.size > MOST_ARCHIVE_BYTES:
        text = f"An archive of more than {size(MOST_ARCHIVE_BYTES)} is not opened here."
        return [Lines("preview", "Preview", (), empty=text)]
    rows: list[tuple[str, str]] = []
    trees: list[Section] = []
    try:
        with tarfile.open(stored.path, "r:gz") as archive:
            for member in _files(archive):
                rows.append((member.name, size(member.size)))
                if not trees and member.size <= MOST_ARCHIVE_BYTES:
                    trees = tree_sections(
                        member.name,
                        f"{stored.etag}/{member.name}",
                        lambda member=member: archive.extractfile(member).read(),
                    )
    except (tarfile.TarError, OSError, EOFError) as error:
        text = f"It can't be read as an archive: {error}"
        return [Lines("preview", "Preview", (), empty=text)]
    files = Table("preview", "Files in the archive", ("Name", "Size"), rows, "It is empty.")
    return [files, *trees]


def _files(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield an archive's files, as many as are shown and no more than can be unpacked quickly."""
    unpacked = 0
    for number, member in enumerate(archive):
        unpacked += member.size
        if number >= MOST_MEMBERS or unpacked > 8 * MOST_ARCHIVE_BYTES:
            return
        if member.isfile():
            yield member
