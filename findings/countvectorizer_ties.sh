#!/usr/bin/env bash
# Versions: scikit-learn 1.9.1, NumPy 2.4.6 (Python 3.11.7, x86-64).
# Behaviour: where CountVectorizer's max_features cuts through terms that occur equally often, which
# of them stay depends on the processor. They are chosen by NumPy's argsort, which is not stable and
# has another implementation for each generation of vector instructions: the same texts and the same
# versions give another vocabulary on another machine. It is not the alphabet that decides either.
# NPY_DISABLE_CPU_FEATURES lets one processor show what older ones do; without AVX2 (x86-64-v3) there
# is nothing to compare, and the script ends with status 3.
# Output seen on 2026-11-28:
#   600 of 1000 terms, as the alphabet would decide: False
#   the same on this processor and without AVX2: False
#   the same in two runs on this processor: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  scikit-learn==1.9.1 numpy==2.4.6
cat > "$folder/vocabulary.py" <<'PYTHON'
from collections import Counter

from sklearn.feature_extraction.text import CountVectorizer

words = [f"w{number:04}" for number in range(1000)]
text = [word for number, word in enumerate(words) for _ in range(1 + (number * 7919) % 5 // 3)]
kept = sorted(CountVectorizer(max_features=600).fit([" ".join(text)]).vocabulary_)
counts = Counter(text)
alphabet = sorted(sorted(words, key=lambda word: (-counts[word], word))[:600])
print(kept == alphabet)
print(*kept)
PYTHON
terms() { env "$@" "$folder/env/bin/python" -W ignore "$folder/vocabulary.py"; }
without="NPY_DISABLE_CPU_FEATURES=X86_V3 X86_V4 AVX512_ICL AVX512_SPR"
if ! "$folder/env/bin/python" -c 'import contextlib, io, numpy
with contextlib.redirect_stdout(io.StringIO()) as text: numpy.show_runtime()
found = text.getvalue().split("not_found")[0]
raise SystemExit("X86_V3" not in found)'; then
  echo "This processor has no AVX2: there is nothing to compare." >&2
  exit 3
fi
here=$(terms)
again=$(terms)
old=$(terms "$without")
same() { [ "$1" = "$2" ] && echo True || echo False; }
expected='600 of 1000 terms, as the alphabet would decide: False
the same on this processor and without AVX2: False
the same in two runs on this processor: True'
got="600 of 1000 terms, as the alphabet would decide: $(head -n 1 <<< "$here")
the same on this processor and without AVX2: $(same "$here" "$old")
the same in two runs on this processor: $(same "$here" "$again")"
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
