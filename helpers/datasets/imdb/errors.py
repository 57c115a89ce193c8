"""What can prevent a lesson from getting the reviews; each message says what to do."""

VARIABLE = "SAGEMAKER_COURSE_DATA"
OTHER_WAYS = (
    f"If you already have the archive or its folder, set {VARIABLE} to its path. To work without "
    f"it, set {VARIABLE}=synthetic, which gives reviews made up by a program. Set it before you "
    "start Jupyter, or in a cell before the reviews are loaded: %env NAME=value"
)


class DatasetError(Exception):
    """The reviews cannot be provided."""


class UnreachableError(DatasetError):
    """No connection to the server of the archive was possible: there is probably no network."""


class LayoutError(DatasetError):
    """A folder or archive does not have the data set's layout, or lacks some of its reviews."""
