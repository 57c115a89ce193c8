#!/usr/bin/env bash
# Versions: xgboost 3.2.0 (on Linux xgboost-cpu, the same library without GPU code), pandas 3.1.1,
# NumPy 2.4.6, SciPy 1.17.1.
# Behaviour: a boolean column of a DataFrame is 1 and 0 for xgboost, but not after to_csv. pandas
# writes True and False; xgboost's own reader of CSV files (which SageMaker's XGBoost container uses)
# makes 0 of False, and a missing value of True. No error, no warning about it. As labels, both are 0.
# Output seen on 2026-11-28 (of True, False, True, False):
#   from the DataFrame: feature [1.0, 0.0, 1.0, 0.0], label [1.0, 0.0, 1.0, 0.0]
#   from the CSV file: feature [nan, 0.0, nan, 0.0], label [0.0, 0.0, 0.0, 0.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  'xgboost-cpu==3.2.0; sys_platform == "linux"' \
  'xgboost==3.2.0; sys_platform != "linux"' \
  pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
expected='from the DataFrame: feature [1.0, 0.0, 1.0, 0.0], label [1.0, 0.0, 1.0, 0.0]
from the CSV file: feature [nan, 0.0, nan, 0.0], label [0.0, 0.0, 0.0, 0.0]'
got=$(cd "$folder" && "$folder/env/bin/python" -W ignore - <<'PYTHON'
import numpy
import pandas
import xgboost

flags = [True, False, True, False]
frame = pandas.DataFrame({"label": flags, "flag": flags, "number": [1.0, 2.0, 3.0, 4.0]})
frame.to_csv("train.csv", header=False, index=False)


def show(title, data):
    sparse = data.get_data().tocoo()  # what is missing has no entry
    dense = numpy.full(sparse.shape, numpy.nan)
    dense[sparse.row, sparse.col] = sparse.data
    print(f"{title}: feature {dense[:, 0].tolist()}, label {data.get_label().tolist()}")


show("from the DataFrame", xgboost.DMatrix(frame[["flag", "number"]], frame["label"]))
show("from the CSV file", xgboost.DMatrix("train.csv?format=csv&label_column=0"))
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
