"""DataProcessing of batch transforms: filter the input, join predictions, filter the output.

Rules: "Associate Prediction Results with Input Records" in the SageMaker developer guide, and
DataProcessing in the API reference.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.decoder import WHITESPACE
from typing import Any

from helpers.local.runtime.transform import csv_rows, json_path
from helpers.local.runtime.transform.json_path import CSV, InvalidFilterError, JsonPath

JSON, JSON_LINES = "application/json", "application/jsonlines"
FORMATS = (CSV, JSON, JSON_LINES)
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"

__all__ = [
    "DataError",
    "DataProcessing",
    "InvalidFilterError",
    "parse_processing",
    "processing_of_job",
]


class DataError(ValueError):
    """Records or predictions that can't be filtered or joined: the object fails, not the server."""


@dataclass(frozen=True)
class DataProcessing:
    """Filters and joins the records and predictions of a transform job.

    The defaults change nothing: `input` and `output` then return the bytes that they get.

    Parameters
    ----------
    input_filter, output_filter
        Select what is sent to the model, and what is stored.
    join
        Whether predictions are joined with their records.
    content_type, accept
        The formats of the input and the output, None if filters can't read them.
    """

    input_filter: JsonPath
    output_filter: JsonPath
    join: bool
    content_type: str | None
    accept: str | None

    def input(self, record: bytes) -> bytes:
        """Return what is sent to the container of a record. Raises DataError, PathError."""
        if self.input_filter.is_root:
            return record
        values = _read(self.content_type, record, "input")
        return _write(self.content_type, map(self.input_filter.select, values))

    def output(self, records: Sequence[bytes], answer: bytes) -> bytes:
        """Return what is stored of the container's answer to a request.

        Parameters
        ----------
        records
            Those in the request, as they were in the object.
        answer
            The predictions.

        Raises
        ------
        DataError
            If records or predictions can't be parsed, or, for a join, their numbers differ.
        PathError
            If a filter doesn't fit the data.
        """
        if not self.join and self.output_filter.is_root:
            return answer
        values = _read(self.accept, answer, "output from the algorithm")
        if self.join:
            inputs = [value for record in records for value in self._originals(record)]
            if len(inputs) != len(values):
                raise DataError(
                    f"The algorithm returned {len(values)} output records for {len(inputs)} input "
                    "records: they can't be joined."
                )
            join = _join_row if self.accept == CSV else _join_json
            values = list(map(join, inputs, values))
        stored = _write(self.accept, map(self.output_filter.select, values))
        return stored + b"\n" if answer.endswith(b"\n") else stored

    def _originals(self, record: bytes) -> list[Any]:
        return _read(self.content_type, record, "input")


def parse_processing(
    data_processing: Mapping[str, str],
    content_type: str | None,
    accept: str | None,
    split_type: str = "None",
    assemble_with: str = "None",
) -> DataProcessing:
    """Parse the DataProcessing of a transform job; the arguments are members of its request.

    Raises
    ------
    InvalidFilterError
        For a filter or a combination that CreateTransformJob refuses. The guide says what must be
        set; AWS's texts are known for operators only, the others are ours.
    """
    input_format, output_format = _format(content_type), _format(accept)
    input_text = data_processing.get("InputFilter", "$")
    output_text = data_processing.get("OutputFilter", "$")
    join = data_processing.get("JoinSource", "None") == "Input"
    if input_text != "$" or join:
        _require_format("TransformInput.ContentType", content_type, input_format)
        if input_format == CSV and split_type != "Line":
            raise InvalidFilterError(
                "DataProcessing of text/csv requires SplitType Line in TransformInput, so that "
                f"each line is a record. It is {split_type}."
            )
    if output_text != "$" or join:
        _require_format("TransformOutput.Accept", accept, output_format)
        if output_format == CSV and assemble_with != "Line":
            raise InvalidFilterError(
                "DataProcessing of text/csv requires AssembleWith Line in TransformOutput, so that "
                f"each record stays a line. It is {assemble_with}."
            )
    if join and (input_format == CSV) != (output_format == CSV):
        raise InvalidFilterError(
            f"JoinSource Input can't join {content_type} with {accept}: set ContentType and Accept "
            "both to text/csv, or both to JSON."
        )
    return DataProcessing(
        json_path.parse(input_text, "InputFilter", input_format or JSON),
        json_path.parse(output_text, "OutputFilter", output_format or JSON),
        join,
        input_format,
        output_format,
    )


def processing_of_job(job: Mapping[str, Any]) -> DataProcessing:
    """Parse the DataProcessing in a CreateTransformJob request or DescribeTransformJob response.

    Raises InvalidFilterError.
    """
    source, target = job["TransformInput"], job["TransformOutput"]
    return parse_processing(
        job.get("DataProcessing", {}),
        source.get("ContentType"),
        target.get("Accept"),
        source.get("SplitType", "None"),
        target.get("AssembleWith", "None"),
    )


def _format(media_type: str | None) -> str | None:
    """Return the format of a media type, without its parameters; None if filters can't read it."""
    name = (media_type or "").split(";")[0].strip().lower()
    return name if name in FORMATS else None


def _require_format(member: str, value: str | None, format_: str | None) -> None:
    if format_ is None:
        raise InvalidFilterError(
            f"DataProcessing requires {member} to be one of {', '.join(FORMATS)}. It is "
            f"{'not set' if value is None else value}."
        )


def _read(media_type: str | None, data: bytes, what: str) -> list[Any]:
    """Return the values in a record or answer: CSV rows as lists of text, or JSON values."""
    name = "CSV" if media_type == CSV else "JSON"
    try:
        text = data.decode()
        if media_type == CSV:
            lines = (line.removesuffix("\r") for line in text.split("\n"))
            return [csv_rows.read(line) for line in lines if line]
        return _json_values(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"Failed to parse {what} as {name}: {error}") from error


def _json_values(text: str) -> list[Any]:
    """Return all JSON values in a text, with or without line ends between them."""
    decoder, values = json.JSONDecoder(), []
    position = WHITESPACE.match(text).end()
    while position < len(text):
        value, end = decoder.raw_decode(text, position)
        values.append(value)
        position = WHITESPACE.match(text, end).end()
    return values


def _write(media_type: str | None, values: Iterable[Any]) -> bytes:
    write: Callable[[Any], str] = _row if media_type == CSV else _json
    return "\n".join(map(write, values)).encode()


def _row(value: list[str] | str) -> str:
    return csv_rows.write(value if isinstance(value, list) else [value])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _join_row(record: list[str], prediction: list[str]) -> list[str]:
    return record + prediction


def _join_json(record: Any, prediction: Any) -> dict[str, Any]:
    """Join as JSON. SageMakerOutput is reserved: an input member of that name is overwritten."""
    return (record if isinstance(record, dict) else {INPUT: record}) | {OUTPUT: prediction}
