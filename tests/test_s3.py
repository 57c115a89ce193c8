"""S3 URIs are parsed and joined, and what isn't one gets a clear message."""

import doctest
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import s3

EDGE = string.ascii_lowercase + string.digits
buckets = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(EDGE), st.text(EDGE + "-", min_size=1, max_size=40), st.sampled_from(EDGE)
    ),
)
names = st.text(st.characters(exclude_characters="/", codec="utf-8"), min_size=1, max_size=20)
keys = st.lists(names, min_size=1, max_size=5)


@given(buckets, keys, st.booleans())
def test_what_is_joined_comes_back_when_parsed(bucket, parts, folder):
    """join and parse are inverse for any key, with or without a slash at its end."""
    key = "/".join(parts) + "/" * folder
    uri = s3.join(bucket, *parts[:-1], parts[-1] + "/" * folder)
    assert s3.parse(uri) == (bucket, key)
    assert s3.parse(uri).uri == uri


@given(st.text(max_size=60))
def test_any_text_gives_a_location_or_a_value_error(text):
    """Any text is parsed or refused by one error, and a parsed one is given back."""
    try:
        location = s3.parse(text)
    except ValueError:
        return
    assert location.uri.rstrip("/") == text.rstrip("/")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "is not an S3 URI"),
        ("my-bucket/train.csv", "is not an S3 URI"),
        ("S3://my-bucket/train.csv", "starts with s3, a colon and two slashes"),
        ("s3:/my-bucket/train.csv", "starts with s3, a colon and two slashes"),
        ("s3a://my-bucket/train.csv", "starts with s3, a colon and two slashes"),
        ("https://s3-us-west-2.amazonaws.com/my-bucket/a.csv", "it is s3://my-bucket/a.csv"),
        ("https://s3.amazonaws.com/my-bucket", "it is s3://my-bucket"),
        ("https://my-bucket.s3.eu-west-1.amazonaws.com/a.csv", "it is s3://my-bucket/a.csv"),
        ("https://my-bucket.s3.amazonaws.com/a/b", "it is s3://my-bucket/a/b"),
        ("arn:aws:s3:::my-bucket/a.csv", "it is s3://my-bucket/a.csv"),
        ("s3://", "name is missing"),
        ("s3:///train.csv", "name is missing"),
        ("s3://My-Bucket/train.csv", "did you mean 'my-bucket'"),
        ("s3://my_bucket/train.csv", "S3 does not allow the bucket name"),
        ("s3://ab/train.csv", "3 to 63"),
        ("s3://192.168.1.1/train.csv", "not an IP address"),
        ("s3://my-bucket//train.csv", "two slashes in a row"),
        ("s3://my-bucket/a//train.csv", "two slashes in a row"),
        ("s3://my-bucket/" + "é" * 513, "1026 bytes"),
        (None, "expected an S3 URI string, got NoneType"),
        ("s3://a..b/train.csv", "single dots"),
    ],
)
def test_an_invalid_uri_is_refused_with_a_reason(uri, message):
    """Each mistake gets a message that says what is wrong with it."""
    with pytest.raises(ValueError, match="S3") as error:
        s3.parse(uri)
    assert message in str(error.value)


def test_bucket_names():
    """Bucket names follow S3's rules ("General purpose bucket naming rules")."""
    good = ["abc", "a.b-c", "1ab", "a" * 63, "sagemaker-us-east-1-111122223333"]
    bad = ["ab", "a" * 64, "-ab", "ab-", "a..b", ".ab", "A-b", "a_b", "192.168.5.4", "a b", "..."]
    assert all(s3.BUCKET_NAME.fullmatch(name) for name in good)
    assert not any(s3.BUCKET_NAME.fullmatch(name) for name in bad)


def test_a_key_can_be_required():
    """A bucket alone is a location, but is refused where a key is required."""
    assert s3.parse("s3://my-bucket") == ("my-bucket", "")
    assert s3.parse("s3://my-bucket/").uri == "s3://my-bucket"
    with pytest.raises(ValueError, match="no object in it"):
        s3.parse("s3://my-bucket/", key_required=True)


@pytest.mark.parametrize(
    ("base", "parts", "uri"),
    [
        ("my-bucket", ["a.csv"], "s3://my-bucket/a.csv"),
        ("s3://my-bucket/", ["/a/", "b.csv"], "s3://my-bucket/a/b.csv"),
        ("s3://my-bucket/lesson/", ["b/"], "s3://my-bucket/lesson/b/"),
        ("s3://my-bucket/lesson/", [], "s3://my-bucket/lesson/"),
    ],
)
def test_join_puts_one_slash_between(base, parts, uri):
    """Joined names have one slash between them, however many they bring."""
    assert s3.join(base, *parts) == uri


@pytest.mark.parametrize("part", ["", "/", None, 3])
def test_join_refuses_a_part_without_a_name(part):
    """An empty part is refused, since it would make a folder without a name."""
    with pytest.raises(ValueError, match="it is empty or not a string"):
        s3.join("my-bucket", part)


@given(st.text(max_size=80))
def test_a_prefix_is_a_valid_name_and_its_own_prefix(title):
    """A valid prefix (lower-case letters, digits, single hyphens) stays unchanged."""
    try:
        prefix = s3.lesson_prefix(title)
    except ValueError:
        return
    assert set(prefix) <= set(EDGE + "-")
    assert s3.lesson_prefix(prefix) == prefix
    assert s3.parse(s3.join("my-bucket", prefix)).key == prefix


def test_a_title_without_a_word_is_refused():
    """A title without a word is refused, since it can't name a folder."""
    with pytest.raises(ValueError, match="not a lesson's title"):
        s3.lesson_prefix(" - ")


def test_examples_in_the_docstrings_run():
    """The examples in the module's documentation are true."""
    assert doctest.testmod(s3).failed == 0
