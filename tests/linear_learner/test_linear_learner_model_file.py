"""A model's file is read back, and anything else is refused without running it."""

import contextlib
import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.containers.linear_learner import model_file

MODEL = model_file.Model(
    np.array([[1.5], [-2.0]]), np.array([0.25]), "regressor", "huber_loss", 0.5
)


class Trap:
    """An object whose pickle raises when it is opened."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was opened')",))


def test_round_trip(tmp_path):
    """A model that was saved is loaded unchanged, and nothing else is in its folder."""
    model_file.save(MODEL, tmp_path)
    loaded = model_file.load(tmp_path)
    for name in ("weight", "bias"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(MODEL, name))
    others = ("predictor_type", "loss", "threshold")
    assert [getattr(loaded, x) for x in others] == [getattr(MODEL, x) for x in others]
    assert [path.name for path in tmp_path.iterdir()] == ["model_algo-1"]


def archive(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return content.getvalue()


def test_a_model_of_aws(tmp_path):
    """A model that was trained on AWS is refused by name."""
    members = {"mx-mod-symbol.json": b"{}", "mx-mod-0000.params": b"", "manifest.json": b"{}"}
    (tmp_path / "model_algo-1").write_bytes(archive(**members))
    with pytest.raises(model_file.UnreadableModelError, match="was trained on AWS"):
        model_file.load(tmp_path)


def test_no_model(tmp_path):
    """Without the file, the error names it."""
    with pytest.raises(model_file.UnreadableModelError, match="must contain the file model_algo-1"):
        model_file.load(tmp_path)


def test_a_pickle_is_never_opened(tmp_path):
    """Neither a pickle nor an array of objects in the archive is opened."""
    model_file.save(MODEL, tmp_path)
    path = tmp_path / "model_algo-1"
    with zipfile.ZipFile(path) as saved:
        members = {name: saved.read(name) for name in saved.namelist()}
    objects = io.BytesIO()
    np.save(objects, np.array([Trap()], object), allow_pickle=True)
    for content in (pickle.dumps(Trap()), archive(**members | {"bias.npy": objects.getvalue()})):
        path.write_bytes(content)
        with pytest.raises(model_file.UnreadableModelError):
            model_file.load(tmp_path)


@given(st.data())
def test_a_damaged_model_is_refused(tmp_path_factory, data):
    """A model with one byte changed is loaded or refused."""
    folder = tmp_path_factory.mktemp("model")
    model_file.save(MODEL, folder)
    path = folder / "model_algo-1"
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with contextlib.suppress(model_file.UnreadableModelError):
        model_file.load(folder)
