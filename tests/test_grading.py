"""Each task passes when it was done, and each common mistake gets its own hint.

Every mistake is really made, against the Local SageMaker.
"""

import datetime
import json
import time

import boto3
import numpy
import pytest
from learner import Learner, small_corpus
from sklearn.feature_extraction.text import CountVectorizer

from helpers.grading.exercises import IMDB_BATCH_TRANSFORM
from helpers.grading.jobs import predict
from helpers.text import BagOfWords, write_csv

TASKS = [task.name for task in IMDB_BATCH_TRANSFORM.tasks]
WORDS, FILES, TRAIN, TRANSFORM, EVALUATE, DECIDING, MISTAKES = TASKS


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return small_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def learner(local, client, corpus, tmp_path_factory):
    """learner(): somebody who has just begun."""
    session = boto3.Session(region_name=local.region)
    session.client = client  # of the session's server
    roles = client("iam").list_roles()["Roles"]
    role = next(role["Arn"] for role in roles if "ExecutionRole" in role["Arn"])
    folder = tmp_path_factory.mktemp("learner")
    return lambda: Learner(session, corpus, folder, role)


@pytest.fixture
def prepared(learner):
    """Somebody who has done the first two tasks."""
    made = learner()
    made.files()
    return made


@pytest.fixture(scope="module")
def trained(learner):
    """Somebody who has trained: for mistakes that come later, and don't disturb each other."""
    made = learner()
    made.files()
    made.train()
    made.transform()
    return made


@pytest.fixture(scope="module")
def solved(learner):
    made = learner()
    made.everything()
    return made


def test_an_untouched_exercise_fails_every_task_with_its_hint(learner):
    """Nothing was done: each hint says what is missing and where."""
    made = learner()
    hints = [made.hint(task) for task in TASKS]
    assert "vocabulary.json yet" in hints[0]
    assert "vocabulary.json yet" in hints[1]
    assert "no training job yet" in hints[2]
    assert "no training job yet" in hints[3]
    assert "evaluation.json yet" in hints[4]
    assert "words.json yet" in hints[5]
    assert "mistakes.csv yet" in hints[6]


@pytest.mark.parametrize("task", TASKS)
def test_a_solution_passes(solved, task):
    """Done as asked, each task is passed."""
    assert solved.judge(task).hint == ""


def test_what_was_left_before_the_beginning_does_not_count(solved):
    """A solution's leftovers pass nothing once the exercise begins anew."""
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    for task in TASKS:
        hint = solved.hint(task, since=later)
        assert "older than this run" in hint or "no training job yet" in hint, hint


def test_without_a_beginning_nothing_counts(learner):
    """The cell with helpers.begin was not run, or all was cleaned up."""
    made = learner()
    made.s3.delete_object(Bucket=made.bucket, Key=f"{made.prefix}/began.json")
    assert "There is no beginning" in made.hint(WORDS)


def test_csv_files_are_fine_too(learner):
    """The task allows both formats, each with its content type."""
    made = learner()
    made.words()
    made.split()
    made.upload(write_csv)
    made.train("text/csv")
    made.transform(content_type="text/csv")
    for task in (WORDS, FILES, TRAIN, TRANSFORM):
        assert made.judge(task).hint == ""


def test_the_order_of_the_test_rows_is_the_learners(learner):
    """Reviews are known by their counts: a shuffled test file is judged alike."""
    made = learner()
    made.words()
    order = numpy.random.default_rng(1).permutation(len(made.test_half.labels))
    made.test_half = made.test_half._replace(
        names=[made.test_half.names[place] for place in order],
        labels=made.test_half.labels[order],
        texts=[made.test_half.texts[place] for place in order],
    )
    made.split()
    made.upload()
    made.train()
    made.transform()
    made.evaluate()
    made.mistakes()
    for task in (FILES, TRANSFORM, EVALUATE, MISTAKES):
        assert made.judge(task).hint == ""


# Task 1


def test_test_reviews_in_the_vocabulary(learner):
    made = learner()
    made.words(splits=("train", "test"))
    assert "because of the test reviews" in made.hint(WORDS)


def test_a_vocabulary_of_test_reviews(learner):
    made = learner()
    made.words(splits=("test",))
    assert "because of the test reviews" in made.hint(WORDS)


def test_a_vocabulary_of_a_part_of_the_training_reviews_is_fine(learner):
    """Who splits first, and fits on what is left, leaks nothing."""
    made = learner()
    part = BagOfWords(cache=False).fit(made.train_half.texts[::2])
    made.words(vocabulary=part.vocabulary_)
    assert made.judge(WORDS).hint == ""


def test_too_many_terms(learner):
    made = learner()
    made.words(vocabulary={f"t{number}": number for number in range(5001)})
    assert "has 5,001 terms" in made.hint(WORDS)


def test_words_cut_in_another_way(learner):
    made = learner()
    other = CountVectorizer().fit(made.train_half.texts).get_feature_names_out()[:3000]
    made.words(vocabulary={str(term): column for column, term in enumerate(other)})
    assert "never gives for these reviews" in made.hint(WORDS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "is no JSON"),
        ('{"good": 3}', "aren't 0 to 0"),
        ('{"good": 0}', "1 terms only"),
    ],
)
def test_what_is_no_vocabulary(learner, content, words):
    made = learner()
    made.put("vocabulary.json", content)
    assert words in made.hint(WORDS)


# Task 2


def label_last(text: str) -> str:
    """Each line with its label at the end."""
    separator = "," if "," in text.split("\n", 1)[0] else " "
    lines = [line.split(separator) for line in text.splitlines()]
    return "".join(separator.join([*line[1:], line[0]]) + "\n" for line in lines)


def without_label(text: str) -> str:
    return "".join(line.partition(" ")[2] + "\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"edit": label_last}, "Is that the label? In which place"),
        ({"edit": label_last, "write": write_csv}, "the last column holds labels"),
        ({"edit": lambda text: "label,w0\n" + text, "write": write_csv}, "what is that line?"),
        ({"edit": without_label}, "has no label"),
        ({"edit": lambda text: text.replace("\n0 ", "\n-1 ")}, "the label -1"),
        ({"edit": lambda text: text.replace(" 0:", " 9999:")}, "column 9,999"),
        ({"edit": lambda text: text.replace(":1", ":x")}, "is no number"),
        ({"edit": lambda text: text.encode("utf-16")}, "is no text"),
    ],
)
def test_files_that_xgboost_misreads(learner, settings, words):
    """Label last, a header left in, no label, odd labels and columns: each says what was seen."""
    made = learner()
    made.words()
    made.split()
    made.upload(**settings)
    assert words in made.hint(FILES)


def test_labels_shuffled_apart_from_their_rows(learner):
    made = learner()
    made.words()
    made.split(numpy.random.default_rng(2).permutation(made.train_half.labels))
    made.upload()
    assert "have the label of another review" in made.hint(FILES)


def test_labels_the_wrong_way_round(learner):
    made = learner()
    made.words()
    made.split(1 - made.train_half.labels)
    made.upload()
    assert "the wrong way round" in made.hint(FILES)


def test_validation_rows_that_are_in_train_too(prepared):
    features = prepared.bag.transform(prepared.train_half.texts)
    prepared.parts["train"] = (features, prepared.train_half.labels)
    prepared.upload()
    assert "are in train/ and in validation/" in prepared.hint(FILES)


def test_test_reviews_to_learn_from(prepared):
    prepared.parts["train"] = (prepared.parts["test"][0], prepared.test_half.labels)
    prepared.upload()
    assert "aren't the counts of a training review" in prepared.hint(FILES)


def test_a_split_without_mixing(prepared):
    features = prepared.bag.transform(prepared.train_half.texts)
    labels, most = prepared.train_half.labels, len(prepared.train_half.labels) * 4 // 5
    prepared.parts["train"] = (features[:most], labels[:most])
    prepared.parts["validation"] = (features[most:], labels[most:])
    prepared.upload()
    assert "were they mixed before the split?" in prepared.hint(FILES)


def test_too_few_reviews(prepared):
    features, labels = prepared.parts["train"]
    prepared.parts["train"] = (features[:100], labels[:100])
    prepared.upload()
    assert "of the 1,000 training reviews" in prepared.hint(FILES)


def test_a_test_file_counted_by_another_bag(prepared):
    other = BagOfWords(cache=False).fit(prepared.test_half.texts)
    features = other.transform(prepared.test_half.texts)
    prepared.parts["test"] = (features[:, : len(prepared.bag.terms)], None)
    prepared.upload()
    assert "was the bag fitted anew" in prepared.hint(FILES)


def test_half_of_the_test_reviews(prepared):
    prepared.parts["test"] = (prepared.parts["test"][0][:250], None)
    prepared.upload()
    assert "has 250 rows; there are 500" in prepared.hint(FILES)


# Task 3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"content_type": None}, "does not say in which format"),
        ({"content_type": "text/csv"}, "says text/csv, but its file is written as libsvm"),
        ({"objective": "reg:squarederror"}, "objective is reg:squarederror"),
        ({"objective": "binary:hinge"}, "that gives a probability"),
        ({"objective": None}, "No objective is set"),
        ({"early_stopping_rounds": None}, "Nothing tells the job to stop"),
        ({"eval_metric": None}, "not by which figure"),
        ({"channels": {"train": "train"}}, "no rows to see by that it is time"),
        ({"channels": {"train": "train", "validation": "train"}}, 'The channel "validation" reads'),
        ({"max_depth": "five"}, "The training job failed"),
    ],
)
def test_a_training_job_that_is_set_up_wrong(prepared, settings, words):
    """Each setting that AWS takes without a word, and that spoils the result, has its hint."""
    prepared.train(**settings)
    assert words in prepared.hint(TRAIN)


def test_the_newest_training_job_counts(prepared):
    """Who mends a mistake and trains again passes."""
    prepared.train(objective=None)
    assert not prepared.judge(TRAIN).passed
    prepared.train()
    assert prepared.judge(TRAIN).hint == ""


# Task 4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"where": "train"}, "Which reviews has the model never seen"),
        ({"content_type": None}, "isn't told in which format"),
        ({"split": "None"}, "isn't told where a row ends"),
        ({"content_type": "application/json"}, "The transform job failed"),
    ],
)
def test_a_transform_job_that_is_set_up_wrong(trained, settings, words):
    """The wrong file, no content type, no split, a format that the model can't read."""
    trained.transform(**settings)
    assert words in trained.hint(TRANSFORM)


def test_a_model_of_an_earlier_training_job(prepared):
    prepared.train()
    first = prepared.job["ModelArtifacts"]["S3ModelArtifacts"]
    prepared.train(max_depth="2")
    prepared.transform(artifacts=first)
    assert "does not hold the artifacts of your newest training job" in prepared.hint(TRANSFORM)


def test_answers_written_by_somebody_else(prepared):
    """Perfect answers put in the place of the job's, at once or later, pass nothing."""
    prepared.train()
    prepared.transform()
    perfect = "\n".join("0.99" if label else "0.01" for label in prepared.test_half.labels)
    prepared.put("predictions/test.libsvm.out", perfect)
    prepared.evaluate()
    assert "not those that your model gives" in prepared.hint(TRANSFORM)
    assert "not those that your model gives" in prepared.hint(EVALUATE)
    time.sleep(3.1)  # S3's times have whole seconds, and clocks may differ by two
    prepared.put("predictions/test.libsvm.out", perfect)
    assert "was changed after the transform job had ended" in prepared.hint(TRANSFORM)


# Task 5


def test_the_right_number_without_a_job_passes_nothing(learner):
    """Who only writes down what others got has no transform job."""
    made = learner()
    made.files()
    report = {"accuracy": {"value": 0.87}, "confusion_matrix": {t: {"0": 1, "1": 1} for t in "01"}}
    made.put("evaluation.json", json.dumps({"binary_classification_metrics": report}))
    assert "no training job yet" in made.hint(EVALUATE)


def test_accuracy_on_training_data(trained):
    model, (features, labels) = trained.model(), trained.parts["train"]
    predicted = (predict(model, features, "libsvm") > 0.5) * 1
    trained.transform()
    trained.evaluate(predicted, numpy.asarray(labels))
    assert "has learnt from" in trained.hint(EVALUATE)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"predicted": "scores"}, "What turns one into the other?"),
        ({"edit": lambda a, m: (1 - a, m)}, "the share of reviews that are wrong"),
        ({"edit": lambda a, m: (a, {t: {p: m[p][t] for p in "01"} for t in "01"})}, "on its side"),
        ({"edit": lambda a, m: (a, {t: {"0": 1, "1": 2} for t in "01"})}, "matrix is another one"),
        ({"edit": lambda a, m: (0.999, m)}, "give another accuracy"),
        ({"edit": lambda a, m: (0.999, {t: {"0": 1, "1": 1} for t in "01"})}, "counts 4 reviews"),
        ({"edit": lambda a, m: ("0.8", m)}, "has not the form"),
    ],
)
def test_an_evaluation_that_is_wrong(trained, settings, words):
    """Not rounded, turned round, on its side, made up: the hint says what was seen."""
    trained.transform()
    if settings.get("predicted"):
        settings = {"predicted": trained.scores()}
    trained.evaluate(**settings)
    hint = trained.hint(EVALUATE)
    assert words in hint
    right = ((trained.scores() > 0.5) == (trained.test_half.labels == 1)).mean()
    assert f"{right:.3f}" not in hint  # the answer is not given away


def test_a_right_evaluation_of_a_poor_model(solved):
    assert "is within easy reach" in solved.hint(EVALUATE, accuracy=0.99)


def test_an_accuracy_may_be_rounded(trained):
    trained.transform()
    trained.evaluate(edit=lambda accuracy, matrix: (round(accuracy, 3), matrix))
    assert trained.judge(EVALUATE).hint == ""


# Task 6


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"edit": lambda words: words[:20][::-1]}, "the other way round"),
        ({"edit": lambda words: [words[1], words[0], *words[2:]]}, "in another order"),
        ({"edit": lambda words: words[:5]}, "has 5 terms"),
        ({"edit": lambda words: [f"f{n}" for n in range(20)]}, "is no term of vocabulary.json"),
        ({"edit": lambda words: {"good": 1}}, "a list of terms"),
        ({"kind": "weight"}, "by their number of splits"),
        ({"kind": "gain"}, "by their gain a split"),
        ({"terms": "shifted"}, "translated by the vocabulary"),
    ],
)
def test_words_that_do_not_decide(trained, settings, words):
    """Turned round, mixed, too few, column names, another importance, another vocabulary."""
    if settings.get("terms"):
        settings = {"terms": trained.bag.terms[1:] + trained.bag.terms[:1]}
    if isinstance(settings.get("edit", list)([1, 2, 3]), dict):
        trained.put("words.json", '{"good": 1}')
    else:
        trained.deciding(**settings)
    assert words in trained.hint(DECIDING)


# Task 7


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda rows: rows[::-1], "not those that the model was most sure of"),
        (lambda rows: rows[:7], "has 7 reviews"),
        (lambda rows: [(n, 1 - s, x) for n, s, x in rows], "the column is for the truth"),
        (lambda rows: [(n, s, 1 - x) for n, s, x in rows], "another score"),
        (lambda rows: [("pos/9999_9", s, x) for _, s, x in rows], "is no test review"),
        (lambda rows: [rows[0]] * 20, "has a review twice"),
        (lambda rows: [(n, "x", x) for n, _, x in rows], "line 2"),
    ],
)
def test_reviews_that_are_not_the_worst_mistakes(trained, edit, words):
    """Sorted the wrong way, too few, the prediction as truth, scores of other reviews."""
    trained.transform()
    trained.mistakes(edit)
    assert words in trained.hint(MISTAKES)


def test_right_predictions_are_no_mistakes(trained):
    trained.transform()
    scores, labels = trained.scores(), trained.test_half.labels
    right = next(n for n in range(len(labels)) if (scores[n] > 0.5) == (labels[n] == 1))
    row = (trained.test_half.names[right], int(labels[right]), float(scores[right]))
    trained.mistakes(lambda rows: [row, *rows])
    assert "is predicted right" in trained.hint(MISTAKES)


def test_a_list_without_a_header(trained):
    trained.put("mistakes.csv", "pos/0_9,1,0.2\n")
    assert "has the header" in trained.hint(MISTAKES)
