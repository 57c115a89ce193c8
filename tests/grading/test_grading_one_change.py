"""The right answer with one thing wrong, for each thing that a task asks for.

Each row of the table is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from support.learner import (
    DECIDING,
    EVALUATE,
    FILES,
    IMAGE,
    MISTAKES,
    TRAIN,
    TRANSFORM,
    WORDS,
    Learner,
)

from helpers.grading.submitted_model import predict
from helpers.text import words, write_csv


class Change(NamedTuple):
    task: str
    wrong: str
    make: Callable[[Learner], object]
    hint: str
    level: str = "both"

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def terms_of(splits=("train",)):
    return lambda it: it.words(splits=splits)


def vocabulary(content) -> Callable[[Learner], object]:
    text = content if isinstance(content, str) else json.dumps(content)
    return lambda it: it.put("vocabulary.json", text)


def elsewhere(key: str, other: str) -> Callable[[Learner], object]:
    """Return a change that moves an object to another key."""

    def move(it: Learner):
        body = it.s3.get_object(Bucket=it.bucket, Key=f"{it.prefix}/{key}")["Body"].read()
        it.put(other, body)
        it.s3.delete_object(Bucket=it.bucket, Key=f"{it.prefix}/{key}")

    return move


WORDS_CHANGES = [
    Change(
        WORDS, "no file", elsewhere("vocabulary.json", "other"), "no s3://<bucket>/<prefix>/voc"
    ),
    Change(
        WORDS,
        "under another prefix",
        elsewhere("vocabulary.json", "vocabulary/vocabulary.json"),
        "There is one at s3://<bucket>/<prefix>/vocabulary/vocabulary.json: what is different?",
    ),
    Change(WORDS, "fitted on all reviews", terms_of(("train", "test")), "of the test reviews"),
    Change(WORDS, "fitted on the test reviews", terms_of(("test",)), "of the test reviews"),
    Change(
        WORDS, "no limit", vocabulary({f"t{n}": n for n in range(5001)}), "The task allows 5,000"
    ),
    Change(
        WORDS,
        "another analyzer",
        lambda it: it.words(
            vocabulary={
                term: column
                for column, term in enumerate(
                    CountVectorizer().fit(it.train_half.texts).get_feature_names_out()[:3000]
                )
            }
        ),
        "were the words split in another way?",
    ),
    Change(
        WORDS,
        "fitted on the table",
        vocabulary({"review": 0, "sentiment": 1, "rating": 2, "text": 3}),
        'and not its column "text"?',
    ),
    Change(WORDS, "not JSON", vocabulary("good"), "is not valid JSON"),
    Change(WORDS, "columns counted from 1", vocabulary({"good": 1}), "from 0 to 0 exactly once"),
    Change(WORDS, "a list", vocabulary(["good", "bad"]), "save_vocabulary writes it"),
]


def upload(edit, only=None) -> Callable[[Learner], object]:
    return lambda it: it.upload(edit=edit, only=only)


def label_last(text: str) -> str:
    return "".join(f"{line[2:]} {line[0]}\n" for line in text.splitlines())


def without_label(text: str) -> str:
    return "".join(f"{line[2:]}\n" for line in text.splitlines())


def with_labels(it: Learner):
    it.parts["test"] = (it.parts["test"][0], it.test_half.labels)
    it.upload()


def columns_from_1(text: str) -> str:
    pairs = [[item.split(":") for item in line.split()[1:]] for line in text.splitlines()]
    return "".join(
        " ".join(["1", *(f"{int(column) + 1}:{count}" for column, count in line)]) + "\n"
        for line in pairs
    )


def labels(of: Callable[[numpy.ndarray], numpy.ndarray]) -> Callable[[Learner], object]:
    def change(it: Learner):
        it.split(of(it.train_half.labels))
        it.upload()

    return change


def part(name: str, of: Callable[[Learner], tuple]) -> Callable[[Learner], object]:
    def change(it: Learner):
        it.parts[name] = of(it)
        it.upload()

    return change


def all_rows(it: Learner) -> tuple:
    return it.vectorizer.transform(it.train_half.texts), it.train_half.labels


def divided(rows: Callable[[int], int]) -> Callable[[Learner], object]:
    """Return a change that divides the reviews at a row, without mixing unless told to."""

    def change(it: Learner):
        features, truth = all_rows(it)
        row = rows(len(truth))
        it.parts["train"] = features[:row], truth[:row]
        it.parts["validation"] = features[row:], truth[row:]
        it.upload()

    return change


def mixed_in_half(it: Learner):
    features, truth = all_rows(it)
    order = numpy.random.default_rng(1).permutation(len(truth))
    for name, rows in zip(("train", "validation"), numpy.split(order, 2), strict=True):
        it.parts[name] = features[rows], truth[rows]
    it.upload()


def as_csv(name: str) -> Callable[[Learner], object]:
    def change(it: Learner):
        write_csv(it.folder / "csv", *it.parts[name])
        it.s3.delete_object(Bucket=it.bucket, Key=f"{it.prefix}/{name}/{name}.libsvm")
        it.put(f"{name}/{name}.csv", (it.folder / "csv").read_bytes())

    return change


def other_bag(it: Learner) -> tuple:
    other = CountVectorizer(analyzer=words).fit(it.test_half.texts)
    return other.transform(it.test_half.texts)[:, : len(it.vectorizer.vocabulary_)], None


def mixed_test_rows(it: Learner) -> tuple:
    features = it.parts["test"][0]
    return features[numpy.random.default_rng(1).permutation(features.shape[0])], None


FILES_CHANGES = [
    Change(FILES, "test labels left in", with_labels, "Is that a label? What do you want to know"),
    Change(FILES, "label last", upload(label_last), "Is that the label? In which position"),
    Change(FILES, "no label", upload(without_label), "were the labels passed to the function"),
    Change(FILES, "labels -1 and 1", upload(lambda t: t.replace("\n0 ", "\n-1 ")), "the label -1"),
    Change(FILES, "columns from 1", upload(columns_from_1), "or do its columns start at 1?"),
    Change(FILES, "words for counts", upload(lambda t: t.replace(":1", ":x")), "is not a number"),
    Change(FILES, "not text", upload(lambda t: t.encode("utf-16")), "is not a text file"),
    Change(FILES, "train/ as CSV", as_csv("train"), "train/train.csv is CSV"),
    Change(FILES, "test/ as CSV", as_csv("test"), "For which format does the task ask"),
    Change(
        FILES,
        "an old CSV beside it",
        lambda it: it.put("train/train.csv", "1,0,0\n"),
        'delete_object(Bucket=bucket, Key=f"{prefix}/train/train.csv")',
    ),
    Change(
        FILES,
        "another name",
        elsewhere("test/test.libsvm", "test/reviews.libsvm"),
        "The task calls the file test.libsvm",
    ),
    Change(
        FILES,
        "not in its folder",
        elsewhere("train/train.libsvm", "train.libsvm"),
        "There is one at s3://<bucket>/<prefix>/train.libsvm",
    ),
    Change(
        FILES,
        "labels mixed apart",
        labels(numpy.random.default_rng(2).permutation),
        "where were they separated?",
    ),
    Change(FILES, "labels swapped", labels(lambda truth: 1 - truth), "what do 0 and 1 stand for?"),
    Change(FILES, "validation rows in train/ too", part("train", all_rows), "in train/ and in val"),
    Change(
        FILES,
        "test reviews in train/",
        part("train", lambda it: (it.parts["test"][0], it.test_half.labels)),
        "is each row a training review?",
    ),
    Change(FILES, "not mixed", divided(lambda n: n * 4 // 5), "were they mixed before the split?"),
    Change(FILES, "half for validation", mixed_in_half, "which share does the task ask for?"),
    Change(
        FILES,
        "reviews lost",
        part("train", lambda it: tuple(rows[:100] for rows in it.parts["train"])),
        "of the 1,000 training reviews",
    ),
    Change(
        FILES,
        "half of the test reviews",
        part("test", lambda it: (it.parts["test"][0][:250], None)),
        "has 250 rows; there are 500",
    ),
    Change(
        FILES, "test words fitted again", part("test", other_bag), "other terms learned for them"
    ),
    Change(FILES, "test rows mixed", part("test", mixed_test_rows), "what has changed the order?"),
    Change(
        FILES,
        "whether, not how often",
        part("test", lambda it: ((it.parts["test"][0] > 0).astype(int), None)),
        "are these plain counts?",
    ),
]


def train(**settings) -> Callable[[Learner], object]:
    return lambda it: it.train(**settings)


def request(edit: Callable[[dict], object]) -> Callable[[Learner], object]:
    """Return a change of the request for a training job."""
    return lambda it: it.train(edit=edit)


def older_image(image: str) -> str:
    return image.replace("3.2-0", "1.7-1")


TRAIN_CHANGES = [
    Change(
        TRAIN,
        "another image",
        request(lambda r: r["AlgorithmSpecification"].update(TrainingImage=older_image(IMAGE))),
        "use train_uri",
    ),
    Change(TRAIN, "no content type", train(content_type=None), "which setting of a channel names"),
    Change(TRAIN, "text/csv", train(content_type="text/csv"), "its file is written as libsvm"),
    Change(TRAIN, "squared error", train(objective="reg:squarederror"), "The objective is reg:sq"),
    Change(
        TRAIN,
        "multi:softmax",
        train(objective="multi:softmax", num_class="2"),
        "for two classes that gives a probability",
    ),
    Change(TRAIN, "hinge", train(objective="binary:hinge"), "gives a probability"),
    Change(TRAIN, "no objective", train(objective=None), "No objective is set"),
    Change(
        TRAIN, "no early stopping", train(early_stopping_rounds=None), "how many rounds to wait"
    ),
    Change(
        TRAIN,
        "five rounds",
        train(early_stopping_rounds="5"),
        "number of rounds to wait of the training job is 5",
    ),
    Change(TRAIN, "no metric", train(eval_metric=None), "needs a metric"),
    Change(TRAIN, "metrics as a list", train(eval_metric='["error", "logloss"]'), "is one text"),
    Change(TRAIN, "a space", train(eval_metric="error, logloss"), "a comma and nothing else?"),
    Change(
        TRAIN,
        "metrics in another order",
        train(eval_metric="logloss,error"),
        "so error decides when to stop. Which metric",
    ),
    Change(TRAIN, "one metric", train(eval_metric="logloss"), 'the curve of "error"'),
    Change(TRAIN, "another metric last", train(eval_metric="error,auc"), "so auc decides"),
    Change(
        TRAIN,
        "no validation channel",
        train(channels={"train": "train"}),
        'needs a "validation" channel',
    ),
    Change(
        TRAIN,
        "no train channel",
        train(channels={"training": "train", "validation": "validation"}),
        'no channel "train"',
    ),
    Change(
        TRAIN,
        "train twice",
        train(channels={"train": "train", "validation": "train"}),
        'The channel "validation" reads',
    ),
    Change(
        TRAIN,
        "output elsewhere",
        request(
            lambda r: r["OutputDataConfig"].update(
                S3OutputPath=r["OutputDataConfig"]["S3OutputPath"].replace("/output", "/model")
            )
        ),
        "Is that below s3://<bucket>/<prefix>/output?",
    ),
    Change(
        TRAIN,
        "output outside the prefix",
        lambda it: it.train(
            edit=lambda r: r["OutputDataConfig"].update(S3OutputPath=f"s3://{it.bucket}/output")
        ),
        "writes to s3://<bucket>/output",
    ),
    Change(
        TRAIN,
        "another instance type",
        request(lambda r: r["ResourceConfig"].update(InstanceType="ml.m5.xlarge")),
        "is ml.m5.xlarge. For which does the task ask",
    ),
    Change(
        TRAIN,
        "two hours",
        request(lambda r: r["StoppingCondition"].update(MaxRuntimeInSeconds=7200)),
        "longest run time in seconds of the training job is 7200",
    ),
    Change(
        TRAIN,
        "no tags",
        request(lambda r: r.pop("Tags")),
        'The training job has no tag "course"',
    ),
    Change(
        TRAIN,
        "tags of another lesson",
        request(lambda r: r["Tags"][1].update(Value="boston")),
        'has no tag "lesson"',
    ),
    Change(TRAIN, "a value of the wrong type", train(max_depth="five"), "The training job failed"),
    Change(
        TRAIN,
        "a large disk",
        request(lambda r: r["ResourceConfig"].update(VolumeSizeInGB=30)),
        "disk size in GB",
        "Low",
    ),
    Change(
        TRAIN,
        "another mode",
        request(lambda r: r["AlgorithmSpecification"].update(TrainingInputMode="FastFile")),
        "The input mode of the training job is FastFile",
        "Low",
    ),
]


def transform(**settings) -> Callable[[Learner], object]:
    return lambda it: it.transform(**settings)


def job(edit: Callable[[dict], object]) -> Callable[[Learner], object]:
    """Return a change of the request for a transform job."""
    return transform(edit=edit)


def model(edit: Callable[[dict], object]) -> Callable[[Learner], object]:
    """Return a change of the request for a model."""
    return transform(edit_model=edit)


TRANSFORM_CHANGES = [
    Change(TRANSFORM, "the training file", transform(where="train"), "has the model never seen"),
    Change(TRANSFORM, "no content type", transform(content_type=None), "in which format its rows"),
    Change(TRANSFORM, "JSON", transform(content_type="application/json"), "which content type did"),
    Change(TRANSFORM, "no split", transform(split="None"), "where a row ends"),
    Change(
        TRANSFORM,
        "no assembly",
        job(lambda r: r["TransformOutput"].pop("AssembleWith")),
        "Which setting assembles them",
    ),
    Change(
        TRANSFORM,
        "output elsewhere",
        job(
            lambda r: r["TransformOutput"].update(
                S3OutputPath=r["TransformOutput"]["S3OutputPath"].removesuffix("s")
            )
        ),
        "The cells below read s3://<bucket>/<prefix>/predictions: what is different?",
    ),
    Change(
        TRANSFORM,
        "another instance type",
        job(lambda r: r["TransformResources"].update(InstanceType="ml.m5.xlarge")),
        "is ml.m5.xlarge. For which does the task ask",
    ),
    Change(
        TRANSFORM,
        "no tags on the job",
        job(lambda r: r.pop("Tags")),
        'The transform job has no tag "course"',
    ),
    Change(
        TRANSFORM,
        "no tags on the model",
        model(lambda r: r.pop("Tags")),
        'The model has no tag "course"',
    ),
    Change(
        TRANSFORM,
        "another image",
        model(lambda r: r["PrimaryContainer"].update(Image=older_image(IMAGE))),
        "use train_uri",
    ),
    Change(
        TRANSFORM,
        "another name",
        lambda it: it.transform(
            edit_model=lambda r: r.update(ModelName=f"m-{it.prefix}"),
            edit=lambda r: r.update(ModelName=f"m-{it.prefix}"),
        ),
        "the last cell removes model_name",
    ),
    Change(
        TRANSFORM,
        "one row in a request",
        job(lambda r: r.update(BatchStrategy="SingleRecord")),
        "The batch strategy of the transform job is SingleRecord",
        "Low",
    ),
]


def evaluation(edit) -> Callable[[Learner], object]:
    return lambda it: it.evaluate(edit=edit)


def report(content) -> Callable[[Learner], object]:
    return lambda it: it.put("evaluation.json", json.dumps(content))


def on_training_reviews(it: Learner):
    features, truth = it.parts["train"]
    it.evaluate((predict(it.model(), features) > 0.5) * 1, numpy.asarray(truth))


METRICS = "binary_classification_metrics"
EVALUATE_CHANGES = [
    Change(
        EVALUATE,
        "no threshold",
        lambda it: it.evaluate(predicted=it.scores()),
        "What turns one into the other?",
    ),
    Change(EVALUATE, "on the training reviews", on_training_reviews, "has the model never seen?"),
    Change(
        EVALUATE,
        "the share of errors",
        evaluation(lambda a, m: (1 - a, m)),
        "the share of reviews that are wrong",
    ),
    Change(
        EVALUATE,
        "transposed",
        evaluation(lambda a, m: (a, {t: {p: m[p][t] for p in "01"} for t in "01"})),
        "the outer key?",
    ),
    Change(
        EVALUATE,
        "another matrix",
        evaluation(lambda a, m: (a, {t: {"0": 1, "1": 2} for t in "01"})),
        "the confusion matrix is not",
    ),
    Change(EVALUATE, "made up", evaluation(lambda a, m: (0.999, m)), "have a different accuracy"),
    Change(EVALUATE, "a number as text", evaluation(lambda a, m: ("0.5", m)), "not a number"),
    Change(EVALUATE, "a list", report([0.87]), f'the key "{METRICS}" is missing'),
    Change(
        EVALUATE,
        "no accuracy",
        report({METRICS: {"confusion_matrix": {t: dict.fromkeys("01", 1) for t in "01"}}}),
        'the key "accuracy" is missing',
    ),
    Change(
        EVALUATE,
        "accuracy without value",
        report(
            {
                METRICS: {
                    "accuracy": 0.87,
                    "confusion_matrix": {t: dict.fromkeys("01", 1) for t in "01"},
                }
            }
        ),
        'the key "value" is',
    ),
    Change(
        EVALUATE,
        "no matrix",
        report({METRICS: {"accuracy": {"value": 0.87}}}),
        'the key "confusion_matrix" is missing',
    ),
    Change(
        EVALUATE,
        "matrix as a list",
        evaluation(lambda a, m: (a, [[1, 2], [3, 4]])),
        'the key "0" is missing',
    ),
    Change(EVALUATE, "no file", elsewhere("evaluation.json", "other"), "evaluation.json yet"),
    Change(
        EVALUATE,
        "under another prefix",
        elsewhere("evaluation.json", "x/evaluation.json"),
        "There is one at s3://<bucket>/<prefix>/x/evaluation.json",
    ),
]


def by_importance(importance: str) -> Callable[[Learner], object]:
    return lambda it: it.deciding(kind=importance)


def deciding(edit) -> Callable[[Learner], object]:
    return lambda it: it.deciding(edit=edit)


def shifted(it: Learner):
    terms = it.vectorizer.get_feature_names_out().tolist()
    it.deciding(terms=terms[1:] + terms[:1])


DECIDING_CHANGES = [
    Change(DECIDING, "smallest first", deciding(lambda all_: all_[:20][::-1]), "other way round"),
    Change(
        DECIDING,
        "two swapped",
        deciding(lambda all_: [all_[1], all_[0], *all_[2:]]),
        "not sorted by their gain",
    ),
    Change(DECIDING, "five", deciding(lambda all_: all_[:5]), "has 5 terms; the task asks for 20"),
    Change(
        DECIDING,
        "columns",
        deciding(lambda all_: [f"f{n}" for n in range(20)]),
        "which term stands in that column?",
    ),
    Change(DECIDING, "off by one", shifted, "and counted from 0?"),
    Change(DECIDING, "a dict", lambda it: it.put("words.json", '{"good": 1}'), "a list of terms"),
    Change(DECIDING, "number of splits", by_importance("weight"), "by number of splits"),
    Change(DECIDING, "gain per split", by_importance("gain"), "by gain per split"),
    Change(DECIDING, "not JSON", lambda it: it.put("words.json", "good"), "is not valid JSON"),
]


def mistakes(edit) -> Callable[[Learner], object]:
    return lambda it: it.mistakes(edit)


def mistakes_text(text: str) -> Callable[[Learner], object]:
    return lambda it: it.put("mistakes.csv", text)


MISTAKES_CHANGES = [
    Change(MISTAKES, "nearest first", mistakes(lambda rows: rows[::-1]), "was most sure of"),
    Change(MISTAKES, "in another order", mistakes(lambda rows: rows[:20][::-1]), "another order"),
    Change(MISTAKES, "seven", mistakes(lambda rows: rows[:7]), "has 7 reviews; the task asks for"),
    Change(
        MISTAKES,
        "predicted label",
        mistakes(lambda rows: [(n, 1 - s, x) for n, s, x in rows]),
        "this column holds the true label",
    ),
    Change(
        MISTAKES,
        "another score",
        mistakes(lambda rows: [(n, s, 1 - x) for n, s, x in rows]),
        "combined in the same order?",
    ),
    Change(
        MISTAKES,
        "the row's number",
        mistakes(lambda rows: [(n, s, x) for n, (_, s, x) in enumerate(rows)]),
        "look like pos/123_9",
    ),
    Change(MISTAKES, "one twice", mistakes(lambda rows: [rows[0]] * 20), "lists a review twice"),
    Change(
        MISTAKES,
        "an index",
        mistakes_text(",review,sentiment,score\n0,pos/0_9,1,0.1\n"),
        "has the header ',review,sentiment,score'",
    ),
    Change(MISTAKES, "no header", mistakes_text("pos/0_9,1,0.1\n"), "has the header"),
    Change(
        MISTAKES,
        "a word as label",
        mistakes(lambda rows: [(n, "x", s) for n, _, s in rows]),
        "line 2: 'x' is not a number",
    ),
]

PREPARATION = WORDS_CHANGES + FILES_CHANGES
SETTINGS_OF_JOBS = TRAIN_CHANGES + TRANSFORM_CHANGES
LATER = TRANSFORM_CHANGES + EVALUATE_CHANGES + DECIDING_CHANGES + MISTAKES_CHANGES


@pytest.fixture(scope="module")
def at_level(learner):
    """Return, for each level, a learner who has solved everything."""
    made = {level: learner(level) for level in ("High", "Low")}
    for each in made.values():
        each.everything()
    return made


def assert_hint(it: Learner, change: Change) -> None:
    result = it.judge(change.task)
    assert not result.passed, change
    assert change.hint in result.hint
    assert not re.search(r"Error: |Traceback", result.hint)


@pytest.mark.parametrize("change", PREPARATION, ids=str)
def test_preparation_with_one_thing_wrong(learner, change):
    """A vocabulary or a file with one thing wrong gets the hint that names it."""
    made = learner()
    made.files()
    change.make(made)
    assert_hint(made, change)


@pytest.mark.parametrize("change", TRAIN_CHANGES, ids=str)
def test_a_training_job_with_one_thing_wrong(at_level, change):
    """A training job with one thing wrong gets its hint, after the job's name; at its level."""
    it = at_level["High" if change.level == "High" else "Low"]
    change.make(it)
    assert_hint(it, change)
    name = it.newest("training")
    assert it.hint(TRAIN).startswith(f"Your newest training job, {name} of ")


@pytest.mark.parametrize("change", LATER, ids=str)
def test_a_later_task_with_one_thing_wrong(it_trained, change):
    """A transform job or a report with one thing wrong gets the hint that names it."""
    right = float(((it_trained.scores() > 0.5) == (it_trained.test_half.labels == 1)).mean())
    change.make(it_trained)
    assert_hint(it_trained, change)
    assert f"{right:.3f}" not in it_trained.hint(change.task)  # the answer is not given away


@pytest.mark.parametrize(
    "change",
    [
        c
        for c in TRAIN_CHANGES + TRANSFORM_CHANGES
        if c.level == "Low" and c.wrong != "another mode"
    ],
    ids=str,
)
def test_what_only_low_level_asks_for(at_level, change):
    """A setting that the High Level leaves to the SDK is not judged there."""
    it = at_level["High"]
    change.make(it)
    assert it.judge(change.task).hint == ""
    it.train()
    it.transform()


@pytest.fixture
def it_trained(learner, at_level):
    """Return the learner at Low Level with every task solved again where a test broke it."""
    it = at_level["Low"]
    if it.judge(TRAIN).hint:
        it.train()
    if it.judge(TRANSFORM).hint:
        it.transform()
    it.evaluate()
    it.deciding()
    it.mistakes()
    assert [it.judge(task).hint for task in (EVALUATE, DECIDING, MISTAKES)] == [""] * 3
    return it
