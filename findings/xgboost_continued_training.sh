#!/usr/bin/env bash
# Versions: xgboost 3.2.0 (on Linux xgboost-cpu, the same library without GPU code),
# scikit-learn 1.9.1, NumPy 2.4.6.
# Behaviour: training continued from a model of early stopping adds trees which XGBRegressor never
# uses. best_iteration of the first training is an attribute of the booster, is inherited, and is not
# updated by a second fit without early stopping; XGBRegressor.predict stops at it. The second fit
# reports no problem, and its model predicts exactly what the first one did, also after
# EarlyStopping(save_best=True), which leaves no surplus trees. Booster.predict uses all trees.
# Output seen on 2026-11-28:
#   early_stopping_rounds: fit again adds 40 trees, predictions of XGBRegressor changed: False, of its Booster: True
#   save_best: fit again adds 40 trees, predictions of XGBRegressor changed: False, of its Booster: True
#   best_iteration removed: predictions of XGBRegressor changed: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  'xgboost-cpu==3.2.0; sys_platform == "linux"' \
  'xgboost==3.2.0; sys_platform != "linux"' \
  scikit-learn==1.9.1 numpy==2.4.6
line='fit again adds 40 trees, predictions of XGBRegressor changed: False, of its Booster: True'
expected="early_stopping_rounds: $line
save_best: $line
best_iteration removed: predictions of XGBRegressor changed: True"
got=$("$folder/env/bin/python" - <<'PYTHON'
import numpy
import xgboost

random = numpy.random.default_rng(0)
X = random.normal(size=(500, 3))
y = 22 + 9 * X[:, 0] + random.normal(size=500)


def changed(before, after):
    return not numpy.array_equal(before, after)


for title, settings in {
    "early_stopping_rounds": {"early_stopping_rounds": 5},
    "save_best": {"callbacks": [xgboost.callback.EarlyStopping(rounds=5, save_best=True)]},
}.items():
    first = xgboost.XGBRegressor(n_estimators=200, n_jobs=1, **settings)
    first.fit(X[:300], y[:300], eval_set=[(X[300:], y[300:])], verbose=False)
    second = xgboost.XGBRegressor(n_estimators=40, n_jobs=1).fit(X, y, xgb_model=first)
    before, after = first.get_booster(), second.get_booster()
    added = after.num_boosted_rounds() - before.num_boosted_rounds()
    data = xgboost.DMatrix(X)
    print(
        f"{title}: fit again adds {added} trees, predictions of XGBRegressor changed: "
        f"{changed(first.predict(X), second.predict(X))}, "
        f"of its Booster: {changed(before.predict(data), after.predict(data))}"
    )
after.set_attr(best_iteration=None, best_score=None)
answer = changed(first.predict(X), second.predict(X))
print(f"best_iteration removed: predictions of XGBRegressor changed: {answer}")
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
