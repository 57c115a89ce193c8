"""The glossary of the lessons: its entries, and where a lesson uses their words."""

import re

from support.lessons import TUTORIAL

GLOSSARY = TUTORIAL / "Glossary.md"
LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./)*(?:Tutorial/)?Glossary\.md#([^)]+)\)")
NOT_PROSE = re.compile(
    r"```.*?```|<details>.*?</details>|`[^`]+`|^#[^\n]*|!?\[[^\]]*\]\((?:<[^>]*>|[^)\s]*)\)",
    re.DOTALL | re.MULTILINE,
)


def entries() -> dict[str, str]:
    """Return the text of each entry by its heading, in the order of the page."""
    _, *parts = re.split(r"^## (.+)$", GLOSSARY.read_text(), flags=re.MULTILINE)
    words, texts = parts[::2], parts[1::2]
    return {word: " ".join(text.split()) for word, text in zip(words, texts, strict=True)}


def anchor(word: str) -> str:
    """Return the anchor of an entry, as JupyterLab makes it."""
    return word.replace(" ", "-")


def links(text: str) -> list[str]:
    """Return the anchors of the glossary that a text links, in order."""
    return [target for _, target in LINK.findall(text)]


def first_uses(text: str) -> dict[str, bool]:
    """Return, for each entry that a text uses, whether its first use is a link to the entry.

    A use is the word or its plural in prose; code, headings, answers and other links don't count.
    "instance type" is a use of that entry only, and not of "instance".
    """
    linked = LINK.sub(lambda match: f"\0{match[2]}\0", text)
    prose = NOT_PROSE.sub(" ", linked)
    words = {re.sub(r"s$", "", word.lower()): word for word in entries()}
    anchors = {anchor(word): word for word in words.values()}
    choices = "|".join(
        re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True)
    )
    uses = re.compile(rf"\0(?P<link>[^\0]+)\0|\b(?P<word>{choices})s?\b", re.IGNORECASE)
    found: dict[str, bool] = {}
    for match in uses.finditer(prose):
        if match["link"]:
            found.setdefault(anchors.get(match["link"], match["link"]), True)
        else:
            found.setdefault(words[" ".join(match["word"].lower().split())], False)
    return found
