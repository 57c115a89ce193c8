"""The file that keeps disk space for the ends of jobs."""

from helpers.local.state import disk_reserve


def test_kept_and_released(tmp_path):
    """The file takes its size, is completed when it was cut, and is gone when released."""
    file = tmp_path / "reserve"
    disk_reserve.keep(file)
    assert file.stat().st_size == disk_reserve.SIZE_BYTES
    file.write_bytes(file.read_bytes()[:4096])
    disk_reserve.keep(file)
    assert file.stat().st_size == disk_reserve.SIZE_BYTES
    assert disk_reserve.release(file)
    assert not file.exists()
    assert not disk_reserve.release(file)


def test_no_space_was_kept(tmp_path):
    """An empty file, as a full disk allows it, frees nothing."""
    (tmp_path / "reserve").touch()
    assert not disk_reserve.release(tmp_path / "reserve")


def test_folder_is_missing(tmp_path):
    """A file that can't be made is not an error."""
    disk_reserve.keep(tmp_path / "missing" / "reserve")
    assert not (tmp_path / "missing").exists()
