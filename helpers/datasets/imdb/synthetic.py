"""Synthetic film reviews, for tests and for a machine without the network.

A small corpus in the layout of the real one, the same byte for byte on every machine: learnable,
not trivial. It says nothing about real reviews, so a number from it is always called synthetic.

`synthetic.txt` holds the sentences, as a grammar; its head explains the notation. This module
decides what a review is made of: how many of its sentences judge, how many of those disagree with
its label (a mixed review), which praise is meant as blame (sarcasm), and the noise of real text:
HTML breaks, typos, capitals, control characters.
"""

from __future__ import annotations

import functools
import pathlib
import random
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

Choice = TypeVar("Choice")

VERSION = 1
"""Changes whenever the text does, so that a cached corpus of another version is not used."""

REVIEWS = {"train": 1500, "test": 750}
"""Reviews of each label in each split."""

RATINGS = {"+": (7, 8, 8, 9, 10, 10), "-": (1, 1, 2, 3, 3, 4)}
AGREE = {10: 0.97, 9: 0.95, 8: 0.92, 7: 0.86, 4: 0.86, 3: 0.92, 2: 0.95, 1: 0.97}
"""By rating: the share of the judging sentences that agree with the label."""

MIXED, IRONIC = 0.08, 0.04
"""Shares of reviews that find as much good as bad, and that mean the opposite of their words."""

JUDGING = 0.65
"""Share of the sentences that judge at all; the others tell the plot, or digress."""

BROKEN = 0.6
"""Share of the reviews with line breaks."""

BREAK = "<br /><br />"
OPPOSITE = {"+": "-", "-": "+"}
FOLDERS = {"+": "pos", "-": "neg"}
ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU](?!ne\b|ur)|hon|hour)")
"""Where an "a" of the grammar must become "an"."""

GRAMMAR = pathlib.Path(__file__).with_name("synthetic.txt")


class Rule(NamedTuple):
    """The alternatives of one name; each is a list of texts and rule names in turn, text first."""

    alternatives: list[list[str]]
    ranked: bool
    once: bool


def write(folder: pathlib.Path) -> None:
    """Write 4,500 reviews: `folder`/{train,test}/{pos,neg}/ID_RATING.txt, as in the real archive.

    Each of the two folders of train holds 1,500 reviews, each of test 750; ids count from 0,
    ratings are 7 to 10 (pos) or 1 to 4 (neg). UTF-8 without a line end, 30 to 420 words each.

    Raises
    ------
    FileExistsError
        If `folder` already holds reviews.
    OSError
        If `folder` cannot be written.
    """
    # Of Python's generators, only random() of an integer seed is guaranteed not to change.
    draw = random.Random(20_110_619 + VERSION).random
    for split, count in REVIEWS.items():
        for sign, name in FOLDERS.items():
            target = folder / split / name
            target.mkdir(parents=True)
            for number in range(count):
                rating = pick(draw, RATINGS[sign])
                text = Review(draw).text(sign, rating)
                (target / f"{number}_{rating}.txt").write_bytes(text.encode())


@functools.cache
def rules() -> dict[str, Rule]:
    """Read the grammar; its notation is explained at the top of the file."""
    grammar: dict[str, Rule] = {}
    for line in GRAMMAR.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            name, _, option = line[2:].partition(" ")
            rule = grammar[name] = Rule([], ranked=option == "ranked", once=option == "once")
        elif line and not line.startswith("#"):
            rule.alternatives.extend(re.split(r"[{}]", part) for part in line.split(" | "))
    return grammar


def pick(draw: Callable[[], float], choices: Sequence[Choice]) -> Choice:
    """Return one of `choices`, all equally likely; `draw` returns a number from 0 up to 1."""
    return choices[int(draw() * len(choices))]


class Review:
    """A review being written: it remembers its people, its title and its sentences so far."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self.draw = draw
        self.named: dict[str, str] = {}
        self.said: set[str] = set()

    def text(self, sign: str, rating: int) -> str:
        """Return a complete review of this sign ("+" or "-") and rating, noise included."""
        sentences = self.sentences(sign, rating)
        text = self.paragraphs(sentences)
        return self.noise(text)

    def sentences(self, sign: str, rating: int) -> list[str]:
        """Return an opening, a body that is more often short than long, and a closing."""
        agree, ironic = AGREE[rating], self.draw() < IRONIC
        if ironic:
            agree = 0.3
        elif self.draw() < MIXED:
            agree = 0.5
        length = 30 + 330 * self.draw() * self.draw()
        done = [self.say("opening", sign)] if self.draw() < 0.7 else []
        words = sum(sentence.count(" ") + 1 for sentence in done)
        while words < length:
            if self.draw() < JUDGING:
                done.append(self.judgement(sign, agree, ironic))
            else:
                done.append(self.say(pick(self.draw, ("plot", "plot", "fact", "digression")), sign))
            words += done[-1].count(" ") + 1
        if self.draw() < 0.6:
            closing = "verdict" if self.draw() < 0.6 else "verdict" + sign
            done.append(self.say(closing, sign))
        return done

    def judgement(self, sign: str, agree: float, ironic: bool) -> str:
        """Return a sentence that judges, for the label or against it."""
        if self.draw() >= agree:
            sign = OPPOSITE[sign]
        elif ironic and self.draw() < 0.5:
            return self.say("sarcasm" if sign == "-" else "mockblame", sign)
        rule = pick(self.draw, ("opinion",) * 7 + ("negated", "contrast", "idiom" + sign))
        return self.say(rule, sign)

    def say(self, rule: str, sign: str) -> str:
        """Return a sentence of this rule that the review has not said yet."""
        while (sentence := self.fill(rule, sign)) in self.said:
            pass
        self.said.add(sentence)
        sentence = ARTICLE.sub(r"\1n ", sentence)
        return sentence[0].upper() + sentence[1:]

    def fill(self, name: str, sign: str) -> str:
        """Return an alternative of the rule `name`, the names in it replaced in turn."""
        if name[-1] in "*~":
            name = name[:-1] + (sign if name[-1] == "*" else OPPOSITE[sign])
        if name in self.named:
            return self.named[name]
        rule, position = rules()[name], self.draw()
        if rule.ranked:
            position *= position * position
        parts = rule.alternatives[int(position * len(rule.alternatives))]
        if len(parts) > 1:
            parts = parts.copy()
            for i in range(1, len(parts), 2):
                parts[i] = self.fill(parts[i], sign)
        filled = "".join(parts)
        if rule.once:
            self.named[name] = filled
        return filled

    def paragraphs(self, sentences: list[str]) -> str:
        """Join sentences; three reviews in five have line breaks, written as HTML."""
        broken = self.draw() < BROKEN
        text = sentences[0]
        for sentence in sentences[1:]:
            text += (BREAK if broken and self.draw() < 0.25 else " ") + sentence
        return text if BREAK in text or not broken else text.replace(". ", "." + BREAK, 1)

    def noise(self, text: str) -> str:
        """Add what people and old encodings do to a text."""
        changes = (
            (0.25, self.misspell),
            (0.15, lambda text: text.replace(".", "!", 1 + int(3 * self.draw()))),
            (0.10, self.shout),
            (0.03, lambda text: text.replace(", ", " \x96 ", 1)),  # a dash of Windows-1252
            (0.02, lambda text: text.replace(". ", "\x85 ", 1)),  # and its ellipsis
            (0.03, lambda text: re.sub(r'"([^"]+)"', r"<i>\1</i>", text, count=1)),
            (0.05, lambda text: text.replace(" and ", " &amp; ", 1)),
        )
        for share, change in changes:
            if self.draw() < share:
                text = change(text)
        return text

    def misspell(self, text: str) -> str:
        """Swap two letters inside one to three of the longer words."""
        for _ in range(1 + int(3 * self.draw())):
            long = [match.start() for match in re.finditer(r"[a-z]{5,}", text)]
            if long:
                at = pick(self.draw, long) + 1 + int(2 * self.draw())
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text

    def shout(self, text: str) -> str:
        """Put one sentence in capitals."""
        sentences = text.split(". ")
        chosen = int(self.draw() * len(sentences))
        if "<" not in sentences[chosen]:
            sentences[chosen] = sentences[chosen].upper()
        return ". ".join(sentences)
