"""Java's regular expressions in Python give the same answers, and none of them hangs."""

import signal

import pytest

from helpers.local.wire.java_regex import matches
from helpers.local.wire.service_model import service_model

PATTERNS = sorted(
    {
        pattern
        for name in service_model().shape_names
        if (pattern := service_model().shape_for(name).metadata.get("pattern"))
    }
)
TAG = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
SURROGATES = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"
URL = r"https://([.\-_a-zA-Z0-9]+/?){3,1016}"


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        (TAG, ["", "Größe 1", "日本 _.:/=+-@", "course"], ["a!", "a\n", "é#"]),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", ["a€!", "e\u0301"], ["a b"]),
        (r"arn:[\p{Alnum}\-]+:x", ["arn:aws-cn:x"], ["arn:é:x"]),
        (r"\A\S[\p{Print}]*\z", ["a", "a ~.tar.gz"], ["", " a", "aé", "a\n", "a\t"]),
        (r"\p{ASCII}*", ["", "a\n\x7f"], ["é"]),
        (r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", ["a", "a--b"], ["a-", "-a", "a_b", "a\n", "a" * 64]),
        (r"\d+\.\d+", ["1.2"], ["1x2", "\u0661.\u0662"]),
        (r"[\w:]+", ["a_1:"], ["é"]),
        (r".*", ["", "a\tb"], ["a\nb", "a\rb", "a\u2028b"]),
        (r"[a-z.]+", ["a.b"], ["a?b"]),
        (r"[\S\s]*", ["a\nb\u2028"], []),
        (SURROGATES, ["a😀\t"], ["\n", "\uffff"]),
        (r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", ["é b"], ["a!"]),
        (r".*(?:[ \r\n\t].*)*", ["a\r\n b"], ["\u2028"]),
        (r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", ["a", "a-b"], ["", "a-", "-a"]),
        (
            URL,
            ["https://a.b", "https://abc/", "https://a/b/c"],
            ["https://ab", "https://a//bc", "abc"],
        ),
    ],
)
def test_same_answer_as_java(pattern, accepted, refused):
    """Whole values, ASCII classes, Java's line ends and Unicode categories match as in Java."""
    assert [value for value in accepted if not matches(pattern, value)] == []
    assert [value for value in refused if matches(pattern, value)] == []


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.filterwarnings("error")
def test_every_pattern_compiles_and_answers_at_once(pattern):
    """No pattern takes exponential time on a value that nearly matches."""

    def too_slow(*_):
        raise TimeoutError(f"{pattern} takes over a second")

    signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(1)
    try:
        for prefix in ("", "https://", "a/", "arn:aws:sagemaker:us-east-1:111122223333:"):
            for piece in ("a", "a-", "a.", "a ", "a/", "1"):
                for end in ("!", "\u2028"):
                    matches(pattern, prefix + piece * 40 + end)
    finally:
        signal.alarm(0)
