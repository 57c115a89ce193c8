"""A slip with pandas, scikit-learn or the SDK takes at most 12 lines, with what to do."""

import pytest
from support.notebook_shell import MOST_LINES

LIBRARIES = {
    "a column that does not exist": (
        "import pandas\npandas.DataFrame({'sentiment': [1], 'text': ['a']})['sentimnet']",
        "KeyError: 'sentimnet'",
        "The columns are: sentiment, text. Did you mean sentiment?",
    ),
    "scores in place of labels": (
        "from sklearn.metrics import accuracy_score\naccuracy_score([0, 1], [0.2, 0.7])",
        "ValueError: Classification metrics can't handle a mix of binary and continuous targets",
        "Turn them into labels first: is a score above 0.5 a 1?",
    ),
    "labels of other rows": (
        "from sklearn.metrics import accuracy_score\naccuracy_score([0, 1], [0, 1, 1])",
        "One has 2 rows, the other 3: take both from the same set",
    ),
    "a vectorizer that is not fitted": (
        "from sklearn.feature_extraction.text import CountVectorizer\n"
        "CountVectorizer().transform(['a'])",
        "NotFittedError: Vocabulary not fitted or provided",
    ),
    "an objective that xgboost does not know": (
        "import numpy, xgboost\n"
        "xgboost.train({'objective': 'no'}, xgboost.DMatrix(numpy.ones((2, 2)), [1, 2]))",
        "XGBoostError: ",
    ),
    "a number of NumPy in JSON": (
        "import json, numpy\njson.dumps({'accuracy': numpy.float32(0.5)})",
        "json can't write NumPy's numbers: convert them with int(...) or float(...).",
    ),
    "a file that does not exist": (
        "open(f'{folder}/test.libsvm.out').read()\n",
        "FileNotFoundError: [Errno 2] No such file or directory: ",
        "there are: empty, test.libsvm, train.libsvm. Did you mean test.libsvm?",
    ),
    "an empty folder": (
        "from pathlib import Path\n(Path(folder) / 'empty' / 'a').read_text()",
        "/empty is empty.",
    ),
    "a folder that does not exist": (
        "from pathlib import Path\n(Path(folder) / 'no' / 'a').read_text()",
        "There is no folder ",
    ),
    "an argument that the SDK does not have": (
        "from sagemaker.core.shapes import ContainerDefinition\n"
        "ContainerDefinition(image='x', model_data='s3://x/y')",
        "model_data: Extra inputs are not permitted",
        "`ContainerDefinition` has no argument `model_data`: help(ContainerDefinition) lists",
    ),
    "a missing argument of the SDK": (
        "from sagemaker.core.shapes import ResourceConfig, Tag\nTag(key='a')",
        "value: Field required",
        "Add the argument `value` to `Tag`.",
    ),
    "arguments of other types": (
        "from sagemaker.core.shapes import Tag\nTag(key=1, value=2)",
        "key.str: Input should be a valid string",
        "value.str: Input should be a valid string",
    ),
    "an upload by the SDK to a bucket that does not exist": (
        "from sagemaker.core.helper.session_helper import Session\n"
        "Session().upload_data(f'{folder}/test.libsvm', bucket=f'{bucket}x', key_prefix='a')",
        "S3UploadFailedError: Failed to upload ",
        'x". Did you mean test-',
    ),
    "an upload of a file that does not exist": (
        "from sagemaker.core.helper.session_helper import Session\n"
        "Session().upload_data(f'{folder}/tset.libsvm', bucket=bucket, key_prefix='a')",
        "FileNotFoundError: [Errno 2] No such file or directory: ",
        "Did you mean test.libsvm?",
    ),
    "a training job that failed in the SDK": (
        "from sagemaker.core.resources import TrainingJob\n"
        "TrainingJob.get(train(hyperparameters={'objective': 'reg:squarederorr'})).wait(poll=1)",
        "FailedStatusError: Encountered unexpected failed state while waiting for TrainingJob.",
        "Hyperparameter objective: reg:squarederorr is not in",
        "Did you mean reg:squarederror?",
    ),
    "a transform job that failed in the SDK": (
        "from sagemaker.core.resources import TransformJob\n"
        "request = jobs.transform_request(bucket, model, f's3://{bucket}/lesson/test.csv')\n"
        "sagemaker.create_transform_job(**request)\n"
        "TransformJob.get(request['TransformJobName']).wait(poll=1)",
        "FailedStatusError: Encountered unexpected failed state while waiting for TransformJob.",
        "    could not convert string to float: np.str_('a')",
        "The container reads numbers only, and found `a`",
    ),
}


@pytest.mark.parametrize("case", LIBRARIES)
def test_an_error_of_a_library_is_short(case, show, shell, tmp_path):
    """A slip with pandas, scikit-learn or the SDK has the cell's line, the message and a hint."""
    for name in ("train.libsvm", "test.libsvm"):
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    shell.push({"folder": str(tmp_path)})
    code, *expected = LIBRARIES[case]
    shown = show(code)
    for text in expected:
        assert text in shown
    assert len(shown.splitlines()) <= MOST_LINES
    assert "site-packages" not in shown
    assert "For further information" not in shown
