"""Batch transform's DataProcessing: filter what goes to the model, join it with the prediction,
filter what is stored.

Rules: "Associate Prediction Results with Input Records" in the SageMaker developer guide, and
DataProcessing in the API reference.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.decoder import WHITESPACE
from typing import Any

from helpers.local.runtime.transform import csv_rows, json_path
from helpers.local.runtime.transform.json_path import CSV, InvalidFilter, JsonPath

JSON, JSON_LINES = "application/json", "application/jsonlines"
FORMATS = (CSV, JSON, JSON_LINES)
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"

__all__ = ["DataError", "DataProcessing", "InvalidFilter", "parse_processing", "plan_of_job"]


class DataError(ValueError):
    """Records or predictions that can't be filtered or joined: the object fails, not the server."""


@dataclass(frozen=True)
class DataProcessing:
    """What happens to records on their way in and to answers on their way out.

    The defaults change nothing: `input` and `output` then give back the bytes they were given.
    """

    input_filter: JsonPath
    output_filter: JsonPath
    join: bool
    content_type: str | None
    accept: str | None

    def input(self, record: bytes) -> bytes:
        """What is sent to the container of a record. Raises DataError, PathError."""
        if self.input_filter.is_root:
            return record
        values = _read(self.content_type, record, "input")
        return _write(self.content_type, map(self.input_filter.select, values))

    def output(self, records: Sequence[bytes], answer: bytes) -> bytes:
        """What is stored of the container's answer to a request made of these records.

        Raises DataError, PathError; DataError too if there are more predictions than records, or
        fewer, so that nobody knows which belongs to which.
        """
        if not self.join and self.output_filter.is_root:
            return answer
        values = _read(self.accept, answer, "output from the algorithm")
        if self.join:
            inputs = [value for record in records for value in self._originals(record)]
            if len(inputs) != len(values):
                raise DataError(
                    f"The algorithm answered {len(inputs)} input records with {len(values)} output "
                    "records: they can't be joined."
                )
            joined = _join_row if self.accept == CSV else _join_json
            values = list(map(joined, inputs, values))
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
    """The processing that a transform job asks for; the arguments are members of its request.

    Raises InvalidFilter for a filter or a combination that CreateTransformJob doesn't take. (The
    guide says what must be set; AWS's texts are known for operators only, the others are ours.)
    """
    input_format, output_format = _format(content_type), _format(accept)
    input_text = data_processing.get("InputFilter", "$")
    output_text = data_processing.get("OutputFilter", "$")
    join = data_processing.get("JoinSource", "None") == "Input"
    if input_text != "$" or join:
        _require_format("TransformInput.ContentType", content_type, input_format)
        if input_format == CSV and split_type != "Line":
            raise InvalidFilter(
                "DataProcessing of text/csv needs SplitType Line in TransformInput, so that each "
                f"line is a record. It is {split_type}."
            )
    if output_text != "$" or join:
        _require_format("TransformOutput.Accept", accept, output_format)
        if output_format == CSV and assemble_with != "Line":
            raise InvalidFilter(
                "DataProcessing of text/csv needs AssembleWith Line in TransformOutput, so that "
                f"each record stays a line. It is {assemble_with}."
            )
    if join and (input_format == CSV) != (output_format == CSV):
        raise InvalidFilter(
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


def plan_of_job(job: Mapping[str, Any]) -> DataProcessing:
    """`plan` for the request of CreateTransformJob, or for what DescribeTransformJob answers."""
    source, target = job["TransformInput"], job["TransformOutput"]
    return parse_processing(
        job.get("DataProcessing", {}),
        source.get("ContentType"),
        target.get("Accept"),
        source.get("SplitType", "None"),
        target.get("AssembleWith", "None"),
    )


def _format(media_type: str | None) -> str | None:
    """The format that a media type names, without parameters; None for any other."""
    name = (media_type or "").split(";")[0].strip().lower()
    return name if name in FORMATS else None


def _require_format(member: str, value: str | None, found: str | None) -> None:
    if found is None:
        raise InvalidFilter(
            f"DataProcessing needs {member} to be one of {', '.join(FORMATS)}. It is "
            f"{'not set' if value is None else value}."
        )


def _read(media_type: str | None, data: bytes, what: str) -> list[Any]:
    """The values in a record, or in an answer: CSV rows as arrays of text, or JSON values."""
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
    """One JSON value behind the other, with or without line ends between them."""
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
    """SageMakerOutput is reserved: an input member of that name is overwritten."""
    return (record if isinstance(record, dict) else {INPUT: record}) | {OUTPUT: prediction}
