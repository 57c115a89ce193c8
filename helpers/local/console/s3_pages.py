"""Amazon S3: buckets, what is below a prefix, and objects with a preview."""

from collections.abc import Sequence

from helpers.local.console.cells import size
from helpers.local.console.content import Facts, Link, NotFoundError, Page, Section, Table
from helpers.local.console.previews import previews
from helpers.local.console.view import View
from helpers.local.state.s3 import browsing
from helpers.local.state.s3.browsing import BrowsedObject

ROWS = 100


def page(view: View, parts: Sequence[str]) -> Page:
    """Return the page of all buckets, of a folder, or of an object."""
    match parts:
        case []:
            return _buckets(view)
        case [bucket] if view.query.get("key"):
            return _object(view, bucket, view.query["key"])
        case [bucket]:
            return _folder(view, bucket, view.query.get("prefix", ""))
    raise NotFoundError


def find_object(bucket: str, key: str) -> BrowsedObject:
    """Return an object. Raises NotFoundError."""
    stored = browsing.find_object(bucket, key)
    if stored is None:
        raise NotFoundError(f"There is no object {key} in the bucket {bucket}.")
    return stored


def _buckets(view: View) -> Page:
    rows = [
        (view.link("s3", bucket.name), bucket.region, bucket.created)
        for bucket in browsing.list_buckets()
    ]
    columns = ("Name", "AWS Region", "Creation date")
    return Page("Buckets", [Table("buckets", "Buckets", columns, rows, "No buckets.")])


def _folder(view: View, bucket: str, prefix: str) -> Page:
    folder = browsing.list_folder(bucket, prefix, view.query.get("after", ""), ROWS)
    if folder is None:
        raise NotFoundError(f"There is no bucket {bucket}.")
    if prefix and not prefix.endswith("/") and not folder.objects and folder.folders:
        return _folder(view, bucket, f"{prefix}/")  # an S3 URI may leave the last slash out
    rows: list[tuple] = [
        (
            view.link("s3", bucket, text=entry.removeprefix(prefix) or entry, prefix=entry),
            "Folder",
            None,
            None,
        )
        for entry in folder.folders
    ]
    rows += [
        (
            view.link("s3", bucket, text=each.key.removeprefix(prefix) or each.key, key=each.key),
            _type(each.key),
            each.modified,
            size(each.size),
        )
        for each in folder.objects
    ]
    more = []
    if view.query.get("after"):
        more.append(view.link("s3", bucket, text="First page", prefix=prefix))
    if folder.next:
        more.append(view.link("s3", bucket, text="Next page", prefix=prefix, after=folder.next))
    columns = ("Name", "Type", "Last modified", "Size")
    table = Table(
        "objects", "Objects", columns, rows, "No objects.", f"s3://{bucket}/{prefix}", more
    )
    parents = _parents(view, bucket, prefix)
    return Page(parents.pop().text, [table], parents=parents)


def _object(view: View, bucket: str, key: str) -> Page:
    stored = browsing.find_object(bucket, key)
    if stored is None:  # an S3 URI of a folder may leave the last slash out
        folder = browsing.list_folder(bucket, prefix := f"{key.rstrip('/')}/", "", 1)
        if folder and (folder.folders or folder.objects):
            return _folder(view, bucket, prefix)
        stored = find_object(bucket, key)
    facts = Facts(
        "overview",
        "Object overview",
        [
            ("Key", key),
            ("S3 URI", f"s3://{bucket}/{key}"),
            ("Last modified", stored.modified),
            ("Size", size(stored.size)),
            ("Type", stored.content_type),
            ("Entity tag (Etag)", stored.etag),
        ],
    )
    parents = _parents(view, bucket, key)
    sections: list[Section] = [facts, *previews(stored)]
    download = Link("Download", view.link("s3", bucket, "download", key=key).url)
    return Page(parents.pop().text, sections, parents=parents, actions=[download])


def _parents(view: View, bucket: str, key: str) -> list[Link]:
    """Return links to all buckets, the bucket, and each folder of a key; the last is the key."""
    links = [view.link("s3", text="Buckets"), view.link("s3", bucket)]
    position = 0
    while (end := key.find("/", position) + 1) > 0:
        links.append(view.link("s3", bucket, text=key[position:end], prefix=key[:end]))
        position = end
    if position < len(key):
        links.append(view.link("s3", bucket, text=key[position:], key=key))
    return links


def _type(key: str) -> str | None:
    _, dot, ending = key.rpartition("/")[2].rpartition(".")
    return ending if dot else None
