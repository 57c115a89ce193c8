"""A learner's session in a real kernel: wrong answers first, then all tasks passed.

The exercise is played cell by cell in a real kernel, as a person would.
"""

import re
import tempfile
import time

import pytest
from jupyter_client.manager import KernelManager
from support.lessons import SOLUTIONS, code_cells, exercise_of, read

SOLUTION = next(path for path in SOLUTIONS if "XGBoost (Batch Transform) - High" in path.stem)
EXERCISE = exercise_of(SOLUTION)
STUB = "...  # your code"

# For each task: the wrong code that the learner writes first, and the hint that follows.
SLIPS = {
    "Count the words": [
        (
            'train_features = vectorizer.fit_transform(train_reviews["text"])',
            'vectorizer.fit([*train_reviews["text"], *test_reviews["text"]])\n'
            'train_features = vectorizer.transform(train_reviews["text"])',
            "because of the test reviews",
        ),
        ("save_vocabulary(data_dir", "write_csv(data_dir", None),
        (
            'save_vocabulary(data_dir / "vocabulary.json", vectorizer.vocabulary_)',
            'save_vocabulary(vectorizer.vocabulary_, data_dir / "vocabulary.json")',
            None,
        ),
    ],
    "Split and upload": [
        (
            '    train_reviews["sentiment"],\n    test_size',
            '    train_reviews["sentiment"].sample(frac=1, random_state=1).to_numpy(),\n'
            "    test_size",
            "have the label of another review",
        ),
        ("write_libsvm(path, features, labels)", "write_libsvm(path, features)", "has no label"),
        (
            "(test_features, None)",
            '(test_features, test_reviews["sentiment"])',
            "test/test.libsvm, line 1 starts with '0'. Is that a label?",
        ),
    ],
    "Train": [
        ('    "early_stopping_rounds": 10,\n', "", "Nothing tells the job to stop"),
        (', content_type="text/libsvm"', "", "does not say in which format"),
        ('"error,logloss"', '"logloss,error"', "so error decides when to stop"),
        ('"error,logloss"', '["error", "logloss"]', "A hyperparameter is one text"),
        ("    tags=tags,\n)\ntrainer", ")\ntrainer", 'The training job has no tag "course"'),
        ('"binary:logistic"', '"reg:squarederror"', "objective is reg:squarederror"),
    ],
    "Transform": [
        ('transform(locations["test"]', 'transform(locations["validation"]', "never seen"),
        ('    assemble_with="Line",\n', "", "Which setting assembles them"),
        (
            '/predictions"',
            '/prediction"',
            "The cells below read s3://<bucket>/<prefix>/predictions",
        ),
    ],
    "Evaluate": [
        ("[round(score) for score in scores]", "scores", None),
        (
            'accuracy_score(test_reviews["sentiment"], predicted)',
            '1 - accuracy_score(test_reviews["sentiment"], predicted)',
            "the share of reviews that are wrong",
        ),
    ],
    "Which words decide": [
        ("reverse=True)[:20]", "reverse=False)[:20]", "the other way round"),
    ],
    "Which reviews are wrong": [
        ("ascending=False", "ascending=True", "not those that the model was most sure of"),
    ],
}


class Played:
    """A kernel that a simulated learner works in."""

    def __init__(self, folder, sockets):
        # Another program could take a TCP port before the kernel listens on it.
        self.manager = KernelManager(kernel_name="python3", transport="ipc", ip=sockets)
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=300)

    def run(self, code: str) -> tuple[str, str]:
        """Return what a cell printed, and its error as a notebook shows it, or ''."""
        printed, error = [], []

        def output(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] == "error":
                error.append("\n".join(content["traceback"]) or content["evalue"])

        self.client.execute_interactive(code, timeout=300, output_hook=output, allow_stdin=False)
        return "".join(printed), " ".join("".join(error).split())

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def played(local, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", "synthetic")
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(local.home))
    with tempfile.TemporaryDirectory() as folder:  # a short path, as sockets need
        kernel = Played(EXERCISE.parent, sockets=f"{folder}/socket")
        yield kernel
        kernel.end()


def tasks() -> list[tuple[list, str | None]]:
    """Return for each task the cells up to its check, of the exercise and of the solution."""
    found, group = [], []
    cells = zip(code_cells(read(EXERCISE)), code_cells(read(SOLUTION)), strict=True)
    for given, solved in cells:
        group.append((given.source, solved.source))
        if task := re.fullmatch(r'helpers\.check\("(.+)"\)', given.source):
            found.append((group, task[1]))
            group = []
    return [*found, (group, None)]


def test_a_session_from_start_to_end(played):
    """No task passes untouched or wrong, each hint helps, and at the end all tasks are passed."""
    passed = []
    for group, task in tasks():
        given = [(source, solved) for source, solved in group if STUB not in source]
        todo = [(source, solved) for source, solved in group if STUB in source]
        check = given.pop()[0] if task else None
        for source, _ in given:
            assert played.run(source)[1] == "", source
        if task is None:
            continue
        for source, _ in todo:  # untouched
            assert played.run(source)[1] == ""
        _, error = played.run(check)
        number = len(passed) + 1
        assert error.startswith(f"\N{BALLOT X} {task}: not yet. Task {number} is not solved yet: ")
        assert "Traceback" not in error
        begin = 0  # the first cell that must run (again): a name of a model is taken only once
        for old, new, expected in SLIPS[task]:
            slip = next(number for number, (_, solved) in enumerate(todo) if old in solved)
            begin = min(begin, slip)
            errors = [played.run(solved.replace(old, new))[1] for _, solved in todo[begin:]]
            begin = slip
            if expected is None:  # the slip fails where it is made
                assert any(errors)
                continue
            _, error = played.run(check)
            assert expected in error, (task, errors, error)
            if task in ("Train", "Transform"):
                time.sleep(1 - time.time() % 1)  # the SDK's names of jobs end in the second
        for _, solved in todo[begin:]:
            assert played.run(solved)[1] == ""
        assert played.run(check) == (f"\N{CHECK MARK} {task}: passed.\n", "")
        passed.append(task)
    assert passed == list(SLIPS)
