"""A review is split into its words."""

import doctest
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.text import word_spans, words
from helpers.text.words import _TAG, _TOKEN, StemCache, tokens


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        ("Great.<br /><br />Really great!", ["great", "really", "great"]),
        ("an <i>odd</i> film<hr>", ["an", "odd", "film"]),
        ("a <grin> and </spoiler>", ["a", "and"]),
        ("rated 3 < 4 and 5 > 4", ["rated", "3", "4", "and", "5", "4"]),
        ("<!DOCTYPE html><!-- hidden -->seen <!", ["seen"]),
        ("unclosed <b and more", ["unclosed", "b", "and", "more"]),
        ("Tom &amp; Jerry&#39;s", ["tom", "jerry's"]),
        ("don't, it\u2019s 'quoted'", ["don't", "it\u2019s", "quoted"]),
        (
            "caf\u00e9 na\u00efve \u0441\u043e\u043d",
            ["caf\u00e9", "na\u00efve", "\u0441\u043e\u043d"],
        ),
        ("one\x96two\x85three\tfour_five", ["one", "two", "three", "four", "five"]),
        ("10/10", ["10", "10"]),
        ("", []),
    ],
)
def test_tokens(review, expected):
    """Tags, entities, punctuation and control characters are removed; any script's letters stay."""
    assert tokens(review) == expected


def test_words_are_stems_without_stop_words():
    """Forms of a word count as one, and words that reverse a sentence are kept."""
    assert words("They loved it, she was loving it") == ["love", "love"]
    assert words("It is not good, never was") == ["not", "good", "never"]


def test_a_typographic_apostrophe_is_an_apostrophe():
    """A typographic apostrophe makes the same word as a plain one."""
    assert words("I can\u2019t, it\u2019s") == words("I can't, it's") == ["can't"]


def test_a_value_that_is_not_a_string_is_refused():
    """A missing review isn't counted as the word "nan", but refused."""
    with pytest.raises(TypeError, match="expected str, got float"):
        words(float("nan"))


@given(st.text())
def test_any_text_has_words(review):
    """Any text can be split, and no word has markup, space or upper case."""
    for word in words(review):
        assert word
        assert not set(word) & set("<>&; \t\n")
        assert word == word.lower()


@given(st.text(st.characters(codec="ascii") | st.sampled_from("' "), max_size=40))
def test_ascii_is_split_as_all_text_is(review):
    """The fast path for ASCII finds the same words as the expression for any script."""
    plain = _TAG.sub(" ", review.replace("&", " "))
    assert tokens(plain) == _TOKEN.findall(plain.lower())


@given(st.lists(st.sampled_from(["good", "<br />", "bad", "&amp;", "n't"]), max_size=8))
def test_markup_says_nothing(parts):
    """Tags and entities between words change nothing."""
    plain = [part for part in parts if part[0] not in "<&"]
    assert words(" ".join(parts)) == words(" ".join(plain))


@pytest.mark.parametrize("part", ["<!--", "<a", "<", "&", "'", "&#"])
def test_no_text_takes_long(part):
    """100,000 unclosed starts of markup take time that grows only with the length."""
    begin = time.thread_time()
    words(part * 100_000)
    assert time.thread_time() - begin < 5


@given(st.text().filter(lambda text: "&" not in text))
def test_spans_are_those_of_the_words(review):
    """Each word has its place in the text, in order, and the text there has the same word."""
    spans = word_spans(review)
    assert [word for _, _, word in spans] == words(review)
    assert [words(review[begin:end]) for begin, end, _ in spans] == [[word] for *_, word in spans]
    ends = [0, *(end for _, end, _ in spans)]
    assert all(begin >= end for end, (begin, _, _) in zip(ends, spans, strict=False))


def test_markup_has_no_spans():
    """Tags and entities have no place, and don't move the words behind them."""
    text = "<i class='bad'>good</i> &amp; &#39;great&#39;"
    assert [text[begin:end] for begin, end, _ in word_spans(text)] == ["good", "great"]


def test_the_stem_cache_is_bounded(monkeypatch):
    """Many distinct words don't fill the memory, and are still stemmed correctly."""
    monkeypatch.setattr(sys.modules[StemCache.__module__], "MAX_CACHED_STEMS", 10)
    stems = StemCache()
    assert [stems[f"w{number}s"] for number in range(100)] == [f"w{n}s" for n in range(100)]
    assert len(stems) <= 10


def test_threads_don_t_share_a_stemmer():
    """Four threads at once get the same stems as one thread."""
    text = "running runners ran easily and fairly, " * 50
    expected, found = words(text), []
    threads = [threading.Thread(target=lambda: found.append(words(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_examples():
    """The examples in the docstrings are true."""
    for module in ("helpers.text.words", "helpers.text.files"):
        results = doctest.testmod(sys.modules[module])
        assert results.attempted
        assert results.failed == 0
