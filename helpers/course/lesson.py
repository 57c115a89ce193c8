"""A lesson, and a subject: what its High Level and Low Level have in common."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.s3 import lesson_prefix

JOBS = ("training job", "transform job")


@dataclass(frozen=True)
class Lesson:
    """A lesson, and what shows that somebody has worked through it.

    Parameters
    ----------
    title
        As the lesson calls itself in its cell of parameters; its tag is made from it.
    label
        As pages call it.
    path, solution
        Of the notebook and of its solution, from the checkout; no solution: empty.
    objective, time, cost
        What the learner will do, how long it takes, and what it costs on AWS.
    makes
        The types of resources that it makes.
    reports
        The names of the objects that its last tasks write, below its prefix.
    """

    title: str
    label: str
    path: str
    objective: str
    time: str
    cost: str
    makes: tuple[str, ...] = JOBS
    solution: str = ""
    reports: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """The value of its tag ``lesson``, and the key prefix of its objects."""
        return lesson_prefix(self.title)

    @property
    def link(self) -> str:
        """A Markdown link to it, for a page in the checkout's root."""
        return f"[{self.label}](<{self.path}>)"


@dataclass(frozen=True)
class Subject:
    """What a lesson's High Level and Low Level have in common; attributes as those of `Lesson`."""

    title: str
    label: str
    cost: str
    makes: tuple[str, ...] = JOBS
    folder: str = "Tutorial"
    reports: tuple[str, ...] = ()

    def at(self, level: str, objective: str, time: str = "an hour or two") -> Lesson:
        """Return the lesson at a level, "High" or "Low"."""
        title = f"{self.title} - {level} Level"
        is_project = self.folder == "Mini-Projects"
        return Lesson(
            title=title,
            label=f"{self.label}, {level} Level",
            path=f"{self.folder}/{title}.ipynb",
            solution=f"{self.folder}/Solutions/{title} - Solution.ipynb" if is_project else "",
            objective=objective,
            time=time,
            cost=self.cost,
            makes=self.makes,
            reports=self.reports,
        )
