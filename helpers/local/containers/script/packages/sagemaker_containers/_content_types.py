"""Content types, as constants. Source: sagemaker-containers 2.8.6.post2, `_content_types`."""

JSON = "application/json"
CSV = "text/csv"
OCTET_STREAM = "application/octet-stream"
ANY = "*/*"
NPY = "application/x-npy"
UTF8_TYPES = [JSON, CSV]
