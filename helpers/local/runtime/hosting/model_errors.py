"""Why a model of a multi-model endpoint does not answer."""


class ModelNotFoundError(Exception):
    """The archive of the model is missing or unreadable; the text is the answer."""


class ModelNotReadyError(Exception):
    """The model is still being loaded."""


class ModelNotLoadedError(Exception):
    """The container could not load the model.

    Parameters
    ----------
    status, text
        Of the container's answer.
    """

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status
