#!/usr/bin/env bash
# Versions: moto 5.2.5, boto3 and botocore 1.44.8 (Python 3.11.7).
# Behaviour: CloudWatch computes percentiles, and Metrics Insights selects metrics by their names. Of
# moto, GetMetricStatistics with ExtendedStatistics gives datapoints that lack the statistic, and a
# SELECT of GetMetricData gives the sum of every metric in the period, whatever its function, metric
# and namespace are. Neither is an error: a test of such code reads nothing, or another number.
# Output seen on 2026-11-28:
#   values 1 to 9 of latency: Maximum 9.0
#   ExtendedStatistics p50: 1 datapoint with Timestamp
#   SELECT MIN(latency) FROM "shop": 145.0
#   SELECT MAX(none) FROM "nobody": 145.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  "moto[cloudwatch]==5.2.5" boto3==1.44.8 botocore==1.44.8
expected='values 1 to 9 of latency: Maximum 9.0
ExtendedStatistics p50: 1 datapoint with Timestamp
SELECT MIN(latency) FROM "shop": 145.0
SELECT MAX(none) FROM "nobody": 145.0'
got=$("$folder/env/bin/python" - <<'PYTHON'
from datetime import UTC, datetime, timedelta

import boto3
from moto import mock_aws

now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
TIMES = {"StartTime": now - timedelta(minutes=30), "EndTime": now + timedelta(minutes=30)}
LATENCY = {"Namespace": "shop", "MetricName": "latency", "Period": 3600, **TIMES}

with mock_aws():
    cloudwatch = boto3.client("cloudwatch", region_name="us-east-1")
    for name, values in (("latency", range(1, 10)), ("orders", [100])):
        cloudwatch.put_metric_data(
            Namespace="shop",
            MetricData=[{"MetricName": name, "Value": each, "Timestamp": now} for each in values],
        )
    answer = cloudwatch.get_metric_statistics(**LATENCY, Statistics=["Maximum"])
    print("values 1 to 9 of latency: Maximum", answer["Datapoints"][0]["Maximum"])
    points = cloudwatch.get_metric_statistics(**LATENCY, ExtendedStatistics=["p50"])["Datapoints"]
    print(f"ExtendedStatistics p50: {len(points)} datapoint with {', '.join(points[0])}")
    for expression in ('SELECT MIN(latency) FROM "shop"', 'SELECT MAX(none) FROM "nobody"'):
        query = {"Id": "q1", "Expression": expression, "Period": 3600}
        answer = cloudwatch.get_metric_data(MetricDataQueries=[query], **TIMES)
        print(f"{expression}: {answer['MetricDataResults'][0]['Values'][0]}")
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
