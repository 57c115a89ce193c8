"""The PyTorch project on the real reviews gives what its notebook says of them."""

import re

import pytest
from support.lesson_runs import execute, surroundings
from support.lessons import REAL_REVIEWS, SOLUTIONS, code_cells, prose, read, tags, text_of
from support.pytorch_image import link

SOLUTION = next(path for path in SOLUTIONS if "PyTorch (Deploy) - High" in path.stem)


@pytest.mark.full
@pytest.mark.skipif(not REAL_REVIEWS.exists(), reason="the real reviews are not at hand")
def test_the_solution_on_real_reviews(local, monkeypatch):
    """The LSTM is within 0.02 of XGBoost, and both of what the notebook says; it takes minutes."""
    link(local.home)
    with surroundings(local):
        monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(REAL_REVIEWS))
        executed = execute(SOLUTION, SOLUTION.parent)
    printed = "\n".join(map(text_of, code_cells(executed)))
    accuracies = re.findall(r"epoch=\d .*validation_accuracy=(\d\.\d+)", printed)
    best = max(range(len(accuracies)), key=lambda number: float(accuracies[number])) + 1
    assert f"The script has saved the model of epoch {best}." in printed
    result = next(text_of(cell) for cell in code_cells(executed) if "result" in tags(cell))
    accuracy = re.search(r"25,000 real test reviews: (\d\.\d+)", result)[1]
    lstm, trees = re.search(r"LSTM (\d\.\d+), XGBoost (\d\.\d+)", printed).groups()
    assert accuracy == lstm
    assert float(trees) >= 0.86
    assert abs(float(lstm) - float(trees)) < 0.02

    print(f"validation {accuracies}, test reviews: LSTM {lstm}, XGBoost {trees}")
    text = prose(read(SOLUTION))
    epochs = re.search(r"\| validation accuracy \|(.*)", text)[1]
    stated = [*re.findall(r"\d\.\d{3}", epochs), re.search(r"reviews is \*\*(0\.\d+)", text)[1]]
    stated.append(re.search(r"of XGBoost (0\.\d+)\.", text)[1])
    # Another processor adds in another order, and the difference grows with each step.
    assert list(map(float, [*accuracies, lstm, trees])) == pytest.approx(
        list(map(float, stated)), abs=0.02
    )
