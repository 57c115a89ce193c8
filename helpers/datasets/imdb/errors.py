"""What can go wrong on the way to the reviews. Each message says what, where, and what to do."""

VARIABLE = "SAGEMAKER_COURSE_DATA"
OTHER_WAYS = (
    f"Have you the archive, or its folder? Then set {VARIABLE} to its path. To go on without: "
    f"{VARIABLE}=synthetic gives reviews made up by a program. Set it before you start Jupyter, "
    "or in a cell before the reviews are loaded: %env NAME=value"
)


class DataError(Exception):
    """The reviews can't be had."""


class Unreachable(DataError):
    """The server with the archive does not answer: most likely there is no network."""

    def __init__(self, cause: str):
        super().__init__(f"{cause}: is there a network? {OTHER_WAYS}")
        self.cause = cause


class Refused(DataError):
    """The server answers, but does not hand out the archive."""


class Interrupted(DataError):
    """The download was cut again and again; what has come is kept, and the next call goes on."""


class WrongBytes(DataError):
    """What came is not the archive; none of it is kept."""


class TooShort(WrongBytes):
    """The server's file has fewer bytes than the archive."""


class TooLong(WrongBytes):
    """The server's file has more bytes than the archive, or no end."""


class Damaged(WrongBytes):
    """So many bytes as there should be, but other ones: the checksum differs."""


class CorruptArchive(DataError):
    """The archive can't be read to its end."""


class UnsafeArchive(DataError):
    """The archive holds what it must not: ways out of it, links, devices, a name twice."""


class TooLarge(UnsafeArchive):
    """The archive holds more than the data set ever did."""


class NoReviews(DataError):
    """A folder or archive has not the layout of the data set, or not all of its reviews."""


class NotWritten(DataError):
    """The disk is full, or a folder may not be read or written."""
