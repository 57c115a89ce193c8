"""Loading shows a progress bar to a person who watches, and else one line."""

import pytest

from helpers.datasets import imdb
from helpers.datasets.imdb import progress


@pytest.mark.parametrize("asks", [True, False])
def test_a_bar_needs_a_person_who_watches(asks, short_path):
    """A progress bar is drawn only where input is possible, not under papermill or nbval."""
    from jupyter_client.manager import KernelManager

    # Another program could take a TCP port before the kernel listens on it.
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{short_path}/socket")
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=ERROR"])
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=300)
        printed = []
        client.execute_interactive(
            "from helpers.datasets.imdb import download, progress\n"
            "download.import_pooch()  # prints nothing\n"
            "print(progress.is_interactive())",
            allow_stdin=asks,
            timeout=300,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
        assert "".join(printed).strip() == str(asks)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_load_draws_a_bar_and_leaves_one_line(folder, monkeypatch, capsys):
    """The bar is drawn on stdout and wiped at the end; unwatched, only one line is printed."""
    source = imdb.corpus(str(folder), quiet=True)
    line = "train: 4 real reviews, 3 positive and 1 negative\n"
    imdb.load("train", source)
    assert capsys.readouterr() == (line, "")
    monkeypatch.setattr(progress, "is_interactive", lambda: True)
    imdb.load("train", source)
    printed = capsys.readouterr()
    assert "0/4" in printed.out
    assert printed.out.endswith(f"\r{line}")
    assert printed.err == ""
