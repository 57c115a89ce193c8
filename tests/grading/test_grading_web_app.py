"""The tasks of the exercise on the web app are judged, with a hint for each mistake."""

import io
import zipfile

import pytest
from support.web_app_learner import (
    COUNTS,
    EXERCISE,
    EXPLANATION,
    REQUEST,
    SCORES,
    SERVE,
    TASKS,
    WORDS,
)

from helpers.grading.exercises import IMDB_WEB_APP
from helpers.grading.submission import Submission

pytestmark = pytest.mark.usefixtures("connected")


@pytest.mark.parametrize("task", TASKS)
def test_a_solution_passes(served, task):
    """A learner who does each task as asked passes each task."""
    served.max_counts()
    served.pack()
    assert served.judge(task).hint == ""


def test_the_accuracy_is_recomputed(served):
    """The accuracy on the test reviews is computed from the model's artifacts."""
    submission = Submission(served.session, served.lesson, served.corpus)
    assert 0.8 < IMDB_WEB_APP.recompute(submission) < 0.9


@pytest.mark.parametrize(
    ("counts", "hint"),
    [
        (lambda it: dict.fromkeys(it.vectorizer.vocabulary_, 1), "The task asks for a list of"),
        (lambda it: 8, "max_counts.json holds 8"),
        (lambda it: it.highest()[:-1], "Along which axis did you take the maximum?"),
        (lambda it: [1.5, *it.highest()[1:]], "holds 1.5: each item should be a whole number"),
        (
            lambda it: [max(pair) for pair in zip(it.highest(), it.highest(1), strict=True)],
            "These are the highest counts of all reviews",
        ),
        (lambda it: it.highest(1), "These are the highest counts of validation/"),
        (lambda it: it.parts[0].sum(axis=0).ravel().tolist()[0], "These are the sums"),
        (lambda it: [9, *it.highest()[1:]], "Column 0 has 9 in max_counts.json; the highest"),
    ],
)
def test_wrong_highest_counts(served, counts, hint):
    """Each way to compute the highest counts wrongly has its hint."""
    served.max_counts(counts(served))
    try:
        assert hint in served.hint(COUNTS)
    finally:
        served.max_counts()


def edit_of(operation: str, **members):
    def edit(name: str, answer: dict) -> None:
        if name == operation:
            answer.update(members)

    return edit


def emptied(operation: str, member: str):
    return lambda name, answer: name == operation and answer[member].clear()


@pytest.mark.parametrize(
    ("edit", "hint"),
    [
        (emptied("list_endpoints", "Endpoints"), "No endpoint serves a model from below"),
        (edit_of("describe_endpoint", EndpointStatus="Creating"), "wait until it is InService"),
        (
            lambda name, answer: (
                name == "describe_model"
                and answer["PrimaryContainer"].update(Image="1.dkr.ecr.us-east-1.amazonaws.com/a:b")
            ),
            "use train_uri",
        ),
        (
            lambda name, answer: (
                name == "describe_model"
                and answer["PrimaryContainer"].update(
                    ModelDataUrl=answer["PrimaryContainer"]["ModelDataUrl"].replace("output/w", "w")
                )
            ),
            "does not have the artifacts of training_job",
        ),
        (
            lambda name, answer: (
                name == "describe_endpoint_config"
                and answer["ProductionVariants"][0].update(VariantName="first")
            ),
            'the task asks for "AllTraffic"',
        ),
        (emptied("list_tags", "Tags"), 'The model has no tag "course"'),
    ],
)
def test_wrong_serving(served, edit, hint):
    """Each mistake with the endpoint has its hint."""
    result = served.judge(SERVE, edit)
    assert hint in result.hint


@pytest.mark.parametrize("task", [REQUEST, WORDS, SCORES, EXPLANATION])
def test_an_unwritten_function_is_named(served, task):
    """As long as a function is still a stub, its name and file are in the hint."""
    served.pack(handler=EXERCISE)
    names = {
        REQUEST: "read_review",
        WORDS: "count_words",
        SCORES: "score",
        EXPLANATION: "explain",
    }
    assert f"{names[task]} in web_app/handler.py is not written yet" in served.hint(task)
    assert served.hint(task).startswith("Your function, packed at ")


IN_BASE64 = """        if event.get("isBase64Encoded"):
            body = base64.b64decode(body).decode()
        review = json.loads(body)["review"]
    except (ValueError, KeyError,"""
NOT_IN_BASE64 = """        review = json.loads(body)["review"]
    except (KeyError,"""


@pytest.mark.parametrize(
    ("task", "old", "new", "hint"),
    [
        (REQUEST, 'if event.get("isBase64Encoded"):', "if False:", "whose body is encoded in base"),
        (REQUEST, "return review\n    #", "return review.strip()\n    #", "as it was typed"),
        (REQUEST, "(ValueError, KeyError,", "(KeyError,", "ends in JSONDecodeError"),
        (REQUEST, IN_BASE64, NOT_IN_BASE64, "body is encoded in base64"),
        (REQUEST, "if not review.strip():", "if not review:", "accepts a review of spaces"),
        (REQUEST, "len(review) > MAX", "len(review.encode()) > MAX", "refuses a review of 5,000"),
        (REQUEST, "MAX_CHARACTERS:\n", "MAX_CHARACTERS + 1:\n", "a review of 5,001 characters"),
        (
            REQUEST,
            "            413,",
            "            400,",
            "the status is 400: the task asks for 413",
        ),
        (REQUEST, '"Please write a review first."', '" "', "the message is empty"),
        (REQUEST, "return review\n    #", "print(review)\n    return review\n    #", "CloudWatch"),
        (WORDS, "min(count, MAX_COUNTS[VOCABULARY[term]])", "count", "where does MAX_COUNTS"),
        (WORDS, "Counter(words(review))", "Counter(review.split())", "split by `words`"),
        (WORDS, "        if term in VOCABULARY\n", "", "KeyError"),
        (WORDS, "term: min(count", "VOCABULARY[term]: min(count", "its keys are terms"),
        (WORDS, "min(count, MAX_COUNTS[VOCABULARY[term]])", "1", "expected 2"),
        (
            WORDS,
            "return {term: count for term, count in counts.items() if count}",
            "return []",
            "expected a dict",
        ),
        (SCORES, "float(line) for line", "line for line", "expected a list of numbers"),
        (SCORES, "{0: 0} | {VOC", "{VOC", "for 4 rows, the last of which has no counts"),
        (SCORES, "VOCABULARY[term]: count for", "VOCABULARY[term] - 1: count for", "the column"),
        (SCORES, '"\\n".join(lines)', '" ".join(lines)', "score returns 1 numbers for 4 rows"),
        (EXPLANATION, "term: probability - each", "term: each - probability", "the wrong sign"),
        (EXPLANATION, "term: probability - each", "term: each", "is the probability without it"),
        (
            EXPLANATION,
            "probability, *scores = score([counts, *without])",
            "probability, *scores = [score([each])[0] for each in [counts, *without]]",
            "asks the endpoint",
        ),
        (
            EXPLANATION,
            "{other: counts[other] for other in counts if other != term}",
            "{**counts, term: counts[term] + 1}",
            "Is the whole count left out",
        ),
        (EXPLANATION, "return probability, {", "return {", "expected the probability and a dict"),
        (EXPLANATION, "[:MAX_EXPLAINED_WORDS]", "[:3]", "returns effects of 3 terms"),
    ],
)
def test_a_wrong_function_has_its_hint(served, task, old, new, hint):
    """Each mistake in a function of the handler has its hint."""
    served.pack((old, new))
    assert hint in served.hint(task)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"no zip", "is not a zip file with handler.py in it"),
        ({"other.py": "a = 1"}, "is not a zip file with handler.py in it"),
        ({"handler.py": "def read_review(event:"}, "is not valid Python"),
        ({"handler.py": "a = 1"}, "has no function read_review any more"),
    ],
)
def test_an_odd_package_has_its_hint(served, content, hint):
    """A package that is not a zip file, or has no valid handler, has its hint."""
    if isinstance(content, dict):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
        content = out.getvalue()
    served.put("app/function.zip", content)
    assert hint in served.hint(REQUEST)
