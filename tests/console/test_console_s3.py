"""The S3 browser: folders, and what objects hold."""

import io
import json
import re
import tarfile
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from support.console import facts, rows

HTML = "<img src=x onerror=alert(1)>"


def page(visitor, bucket: str, **query: str):
    return visitor.get(f"/s3/{bucket}?{urlencode(query)}")


def test_buckets_and_folders_are_browsed(visitor, s3, bucket):
    """The list of buckets has the bucket, and a folder has its folders first, then its objects."""
    for key in ("a/b/c.csv", "a/b/d/e.txt", "a/f.json", "top"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    assert bucket in [row[0] for row in rows(visitor.get("/s3").text, "buckets")]
    top = rows(page(visitor, bucket).text, "objects")
    assert [row[:2] for row in top] == [["a/", "Folder"], ["top", "-"]]
    inside = rows(page(visitor, bucket, prefix="a/").text, "objects")
    assert [row[:2] for row in inside] == [["b/", "Folder"], ["f.json", "json"]]
    assert inside[1][3] == "1 B"


@pytest.mark.parametrize("query", [{"prefix": "a/b"}, {"key": "a/b"}, {"key": "a/b/"}])
def test_a_folder_without_its_slash_is_found(visitor, s3, bucket, query):
    """S3OutputPath names a folder without its last slash; its page is that of the folder."""
    s3.put_object(Bucket=bucket, Key="a/b/c.csv", Body=b"1")
    answer = page(visitor, bucket, **query)
    assert [row[0] for row in rows(answer.text, "objects")] == ["c.csv"]


def test_a_large_folder_is_paged(visitor, s3, bucket):
    """A folder of 250 objects has three pages, and each object is on one of them."""
    expected = [f"{number:03d}" for number in range(250)]
    for key in expected:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    names, path = [], f"/s3/{bucket}"
    pages = 0
    while path:
        html = visitor.get(path).text
        names += [row[0] for row in rows(html, "objects")]
        following = re.search(r'href="/console/us-east-1([^"]+)">Next page', html)
        path, pages = following and following[1].replace("&amp;", "&"), pages + 1
    assert (names, pages) == (expected, 3)


def test_csv_is_a_table(visitor, s3, bucket):
    """CSV is shown as a table, also with quotes and rows of different length, and cut if long."""
    body = b'1,"a, b",3\n4,5\n' + b"".join(b"%d,x,y\n" % n for n in range(200))
    for key in ("data.csv", "data.csv.out"):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        html = page(visitor, bucket, key=key).text
        table = rows(html, "preview")
        assert table[:3] == [["1", "a, b", "3"], ["4", "5", "-"], ["0", "x", "y"]]
        assert len(table) == 100
        assert "The first 100 rows." in html


@pytest.mark.parametrize(
    ("key", "body", "shown"),
    [
        ("a.txt", b"line one\nline two\n", "line one\nline two"),
        ("a.json", b'{"b":[1,2]}', '{\n  "b": [\n    1,\n    2\n  ]\n}'),
        ("broken.json", b'{"b":[1,', '{"b":[1,'),
        ("a.libsvm", b"1 3:0.5\n", "1 3:0.5"),
        ("umlauts.txt", "Zoë ☕".encode(), "Zoë ☕"),
    ],
)
def test_text_is_shown(visitor, s3, bucket, key, body, shown):
    """Text and JSON are shown by lines, JSON indented."""
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    html = page(visitor, bucket, key=key).text
    (lines,) = re.findall(r'<pre class="lines"[^>]*>\n(.*?)</pre>', html, re.S)
    assert unescape(lines).rstrip("\n") == shown


@pytest.mark.parametrize("body", [bytes(range(256)), b"\xff\xfe\x00", b"text\0more"])
def test_binary_data_is_not_shown(visitor, s3, bucket, body):
    """What is not text is not shown, and can be downloaded as it is."""
    s3.put_object(Bucket=bucket, Key="a.bin", Body=body)
    assert "Binary data" in page(visitor, bucket, key="a.bin").text
    answer = visitor.get(f"/s3/{bucket}/download?key=a.bin")
    assert answer.body == body


def test_a_download_is_never_shown_by_the_browser(visitor, s3, bucket):
    """A download is an attachment of no type, in a sandbox, named as its key, whatever that is."""
    key, body = f'a/{HTML}"; x=é.html', b"<script>alert(1)</script>" * 100_000
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/html")
    answer = visitor.get(f"/s3/{bucket}/download?{urlencode({'key': key})}")
    assert answer.body == body
    assert answer.getheader("content-type") == "application/octet-stream"
    disposition = answer.getheader("content-disposition")
    assert disposition.startswith("attachment; filename*=UTF-8''%3Cimg%20src")
    assert "sandbox" in answer.getheader("content-security-policy")


@pytest.mark.parametrize(
    "key",
    [
        HTML,
        f"{HTML}/a.txt",
        "a'b\"c.txt",
        "../../etc/passwd",
        "a//b",
        "é ☕ +%2F?#&.txt",
        "</a>.csv",
    ],
)
def test_any_key_has_its_page(visitor, s3, bucket, key):
    """A key full of HTML, dots or percent signs is text, and the link to it leads to its page."""
    s3.put_object(Bucket=bucket, Key=key, Body=b"content")
    path, shown = f"/s3/{bucket}", ""
    for _ in range(key.count("/") + 1):
        html = visitor.get(path).text
        assert "<img" not in html
        assert "</a>.csv" not in html
        (row,) = rows(html, "objects")
        shown += row[0]
        link = html.split('<section id="objects"')[1].split('><a href="')[1].split('"')[0]
        path = link.replace("&amp;", "&").removeprefix("/console/us-east-1")
    assert shown == key
    html = visitor.get(path).text
    assert facts(html)["Key"] == key
    assert "<img" not in html


def test_the_trees_of_a_model_are_drawn(visitor, local, trained):
    """A model's archive has its files and its trees; the server itself does not load xgboost."""
    uri = trained["ModelArtifacts"]["S3ModelArtifacts"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    html = page(visitor, bucket, key=key).text
    assert [row[0] for row in rows(html, "preview")] == ["xgboost-model"]
    assert html.count('<figure class="chart tree">') == 3
    outline = re.search(r'<section id="outline".*?<pre[^>]*>(.*?)</pre>', html, re.S)[1]
    assert re.search(r"Tree 0\n  f[01] &lt; [\d.]+\n    yes: ", outline)
    assert "a model with 3 rounds and 2 features" in html
    assert "xgboost" not in Path(f"/proc/{local.pid}/maps").read_text()


def archive(**files: bytes) -> bytes:
    """Return a .tar.gz of some files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (archive(**{"xgboost-model": b"\x80\x04pickle"}), "the file is a pickle"),
        (archive(**{"xgboost-model": json.dumps({"no": "model"}).encode()}), "can't be shown"),
        (b"no archive", "can't be read as an archive"),
        (archive(a__b=b"12"), "a/b"),
        (archive(), "It is empty."),
        (archive(**{"..__..__etc__x": b"1"}), "../../etc/x"),
    ],
    ids=["pickle", "no model", "no archive", "folder", "empty", "dots"],
)
def test_other_archives_are_listed(visitor, s3, bucket, body, text):
    """An archive without a readable model shows its files, and why there are no trees."""
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=body)
    answer = page(visitor, bucket, key="model.tar.gz")
    assert answer.status == 200
    assert text in answer.text.replace("&#39;", "'")


def test_what_is_not_there(visitor, bucket):
    """A missing bucket, key or download is 404, in words."""
    for path in (
        "/s3/none-of-this-name",
        f"/s3/{bucket}?key=none",
        f"/s3/{bucket}/download?key=no",
    ):
        assert visitor.get(path).status == 404
    assert "No objects." in visitor.get(f"/s3/{bucket}").text
