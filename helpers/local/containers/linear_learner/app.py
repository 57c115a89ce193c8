"""How the container answers an invocation."""

from collections.abc import Mapping

import numpy as np

from helpers.local.containers.linear_learner import evaluation, requests, responses
from helpers.local.containers.linear_learner.errors import CustomerError, describe
from helpers.local.containers.linear_learner.model_file import Model
from helpers.local.containers.linear_learner.training_data import dimension_error
from helpers.local.containers.toolkit.http_app import TEXT, Answer, HttpApp
from helpers.local.containers.toolkit.masking import PathMasker, log

UNREADABLE: Answer = (400, b"unable to evaluate payload provided", TEXT)


class App(HttpApp):
    """Answers with the predictions of one model.

    Parameters
    ----------
    model
        The loaded model.
    environ, paths
        As for HttpApp.
    """

    def __init__(self, model: Model, environ: Mapping[str, str], paths: PathMasker):
        super().__init__(environ, paths)
        self.model = model

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Predict: 415 for an unknown content type, 400 for a body that can't be evaluated."""
        content_type = headers.get("content-type", "")
        try:
            read = requests.reader(content_type)
        except requests.UnknownContentTypeError as error:
            log.error(error)
            return 415, str(error).encode(), TEXT
        try:
            features = read(body)
            if features.shape[1] != len(self.model.weight):
                raise dimension_error(features.shape[1], len(self.model.weight))
            rows = self._predict(features)
        except (CustomerError, ValueError, RecursionError) as error:
            is_known = isinstance(error, CustomerError)
            log.error(describe(error if is_known else CustomerError(str(error))))
            return UNREADABLE
        accept = responses.media_type(headers.get("accept", ""))
        return 200, responses.encode(rows, accept), accept

    def _predict(self, features: object) -> list[dict]:
        model = self.model
        raw = model.scores(features)
        output = evaluation.to_output(raw, model).astype(np.float32)
        if model.predictor_type == "regressor":
            return [{"score": score} for score in output[:, 0].tolist()]
        if model.predictor_type == "binary_classifier":
            return [
                {"score": score, "predicted_label": int(score >= model.threshold)}
                for score in output[:, 0].tolist()
            ]
        labels = output.argmax(axis=1).tolist()
        return [
            {"score": scores, "predicted_label": label}
            for scores, label in zip(output.tolist(), labels, strict=True)
        ]
