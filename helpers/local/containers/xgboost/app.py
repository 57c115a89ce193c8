"""How the container answers an invocation."""

from collections.abc import Mapping

import numpy as np

from helpers.local.containers.toolkit.http_app import Answer, HttpApp
from helpers.local.containers.toolkit.masking import PathMasker
from helpers.local.containers.xgboost import (
    request_decoding,
    response_encoding,
    selectable_inference,
)
from helpers.local.containers.xgboost.models import Predictor


class App(HttpApp):
    """Answers with the predictions of one predictor.

    Parameters
    ----------
    predictor
        The loaded model, or ensemble.
    environ
        SAGEMAKER_BATCH, SAGEMAKER_INFERENCE_OUTPUT and SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT have
        the same meaning as on AWS.
    paths
        Hides this machine's paths in errors.
    """

    def __init__(self, predictor: Predictor, environ: Mapping[str, str], paths: PathMasker):
        super().__init__(environ, paths)
        self.predictor = predictor
        self.batch = bool(environ.get("SAGEMAKER_BATCH"))

    def invoke(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Predict: 415 for a body that can't be read, 400 for one that doesn't fit the model."""
        try:
            features, data_format = request_decoding.read(
                body, headers.get("content-type"), self.predictor.behavior
            )
        except Exception as error:
            return self.failed(415, error)
        try:
            predictions = self.predictor.predict(features, data_format)
        except Exception as error:
            return self.failed(400, error, "Unable to evaluate payload provided: ")
        chosen = self.environ.get(selectable_inference.VARIABLE)
        if self.batch and chosen is None:
            return 200, response_encoding.to_batch(predictions).encode(), response_encoding.CSV
        if chosen is None and self.predictor.behavior.ignore_accept:
            return self._encoded(predictions, response_encoding.CSV)
        try:
            accept = response_encoding.negotiate_accept(headers.get("accept", ""), self.environ)
        except response_encoding.NotAcceptableError as error:
            return self.failed(406, error)
        if chosen is None:
            return self._encoded(predictions, accept)
        try:
            keys = selectable_inference.selected_keys(chosen)
            rows = selectable_inference.select(
                predictions, keys, self.predictor.objective, self.predictor.num_class
            )
            return 200, selectable_inference.encode(rows, keys, accept, self.batch), accept
        except Exception as error:
            return self.failed(500, error)

    def _encoded(self, predictions: np.ndarray, accept: str) -> Answer:
        behavior = self.predictor.behavior
        return 200, response_encoding.encode(predictions, accept, behavior), accept
