#!/usr/bin/env bash
# Versions: xgboost 3.2.0 (on Linux xgboost-cpu, the same library without GPU code), NumPy 2.4.6.
# Behaviour: with reg:pseudohubererror and labels far from 0, training learns nothing and says
# nothing. The start value is estimated with one Newton step from 0; far from the labels the second
# derivatives are almost 0, so that the step ends far beyond all labels (8,007.7 here). There the
# gradient is the same for every row, and no split gains anything, with min_child_weight=0 neither.
# All predictions are that one number. Setting base_score to the mean of the labels cures it.
# Output seen on 2026-11-28:
#   labels from 13 to 32
#   estimated start: splits in 200 trees: False, all predictions equal: True, beyond all labels: True
#   base_score=mean: splits in 200 trees: True, root mean squared error below 1: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  'xgboost-cpu==3.2.0; sys_platform == "linux"' \
  'xgboost==3.2.0; sys_platform != "linux"' \
  numpy==2.4.6
expected='labels from 13 to 32
estimated start: splits in 200 trees: False, all predictions equal: True, beyond all labels: True
base_score=mean: splits in 200 trees: True, root mean squared error below 1: True'
got=$("$folder/env/bin/python" - <<'PYTHON'
import numpy
import xgboost

feature = numpy.linspace(-1, 1, 500)
labels = 22.5 + 9 * feature + 0.5 * numpy.sin(40 * feature)
data = xgboost.DMatrix(feature.reshape(-1, 1), labels)


def train(**parameters):
    parameters = {"objective": "reg:pseudohubererror", "nthread": 1, **parameters}
    booster = xgboost.train(parameters, data, num_boost_round=200)
    splits = any("yes=" in tree for tree in booster.get_dump())
    return splits, booster.predict(data)


print(f"labels from {labels.min():.0f} to {labels.max():.0f}")
splits, predictions = train()
equal = bool((predictions == predictions[0]).all())
beyond = bool(predictions.min() > labels.max())
print(
    f"estimated start: splits in 200 trees: {splits}, all predictions equal: {equal}, "
    f"beyond all labels: {beyond}"
)
splits, predictions = train(base_score=float(labels.mean()))
error = float(numpy.sqrt(numpy.mean((predictions - labels) ** 2)))
print(
    f"base_score=mean: splits in 200 trees: {splits}, "
    f"root mean squared error below 1: {error < 1}"
)
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
