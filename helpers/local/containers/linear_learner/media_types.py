"""The media types of the algorithm's data, requests and answers."""

CSV = "text/csv"
RECORDIO = "application/x-recordio-protobuf"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
