"""A function runs from its package in a process of its own, within its time, as in Lambda."""

import os
import signal
import threading
import zipfile
from collections.abc import Iterator

import pytest
from support.polling import eventually, gone

from helpers.web_app import FunctionError, package
from helpers.web_app.package import MODULES


def interrupt_once(true) -> None:
    """Interrupt this thread, as Jupyter's button Interrupt does, once the condition is true."""
    caller = threading.get_ident()

    def interrupt() -> None:
        eventually(true)
        signal.pthread_kill(caller, signal.SIGINT)

    threading.Thread(target=interrupt).start()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, also in tests that a script runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_event_and_answer_go_through_json(run):
    """The function gets the event, a context and its variables; its answer comes back as JSON."""
    function = run(
        "import os\ndef handler(event, context):\n"
        "    left = context.get_remaining_time_in_millis()\n"
        "    return event, os.environ['A'], 0 < left <= 10000, context.function_name\n",
        environment={"A": "1"},
    )
    assert function.invoke({"a": ["\u00e9"]}) == [{"a": ["\u00e9"]}, "1", True, "local"]


def test_the_process_is_kept(run):
    """The module is loaded once, so what it keeps is there at the next call."""
    function = run(
        "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return calls\n"
    )
    assert [function.invoke({}), function.invoke({})] == [[1], [1, 1]]


def test_an_error_has_type_message_and_stack(run):
    """An error of the function is raised with its type, message and line, and is logged."""
    function = run("def handler(event, context):\n    return event['b']\n")
    with pytest.raises(FunctionError, match="KeyError: 'b'") as failed:
        function.invoke({})
    assert failed.value.details["errorType"] == "KeyError"
    assert "line 2, in handler" in failed.value.details["stackTrace"][0]
    assert any("[ERROR] KeyError: 'b'" in line for line in function.log)


def test_a_module_that_does_not_load_fails_each_call(run):
    """An error while the module is loaded is the error of each call."""
    function = run("import no_such_module\n")
    for _ in range(2):
        with pytest.raises(FunctionError, match="No module named 'no_such_module'"):
            function.invoke({})


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("import no_such\n", "ImportModuleError",
         "Unable to import module 'handler': No module named 'no_such'"),
        ("def handler(:\n", "UserCodeSyntaxError",
         "Syntax error in module 'handler': invalid syntax (handler.py, line 1)"),
        ("handle = 1\n", "HandlerNotFound", "Handler 'handler' missing on module 'handler'"),
        ("def handler(event, context):\n    return {1, 2}\n", "MarshalError",
         "Unable to marshal response: Object of type set is not JSON serializable"),
    ],
)  # fmt: skip
def test_errors_of_lambda_itself_have_its_words(run, code, name, message):
    """A function that can't be loaded, or whose answer is not JSON, fails as in Lambda."""
    with pytest.raises(FunctionError) as failed:
        run(code).invoke({})
    assert failed.value.details["errorType"] == f"Runtime.{name}"
    assert failed.value.details["errorMessage"] == message


def test_an_answer_over_the_limit_is_an_error(run):
    """An answer has Lambda's largest size at most, in UTF-8 and with its quotation marks."""
    function = run("def handler(event, context):\n    return '\\u00e9' * event\n")
    most = (6_291_556 - 2) // 2
    assert len(function.invoke(most)) == most
    with pytest.raises(FunctionError, match=r"allowed payload size \(6291556 bytes\)\.") as failed:
        function.invoke(most + 1)
    assert failed.value.details["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_function_that_reads_standard_input_fails(run):
    """Standard input is empty, as in Lambda: the call fails at once, and the next one works."""
    function = run("def handler(event, context):\n    return event and input()\n")
    with pytest.raises(FunctionError, match="EOFError"):
        function.invoke({"a": 1})
    assert function.invoke({}) == {}


def test_a_call_that_takes_too_long_is_ended(run):
    """A call that never ends is ended after its time, and the next one gets a new process."""
    code = "def handler(event, context):\n    while event:\n        pass\n    return 'done'\n"
    function = run(code, timeout_seconds=0.5)
    with pytest.raises(FunctionError, match=r"Task timed out after 0\.50 seconds"):
        function.invoke({"for": "ever"})
    function.timeout_seconds = 10
    assert function.invoke({}) == "done"


def test_a_process_that_ends_is_replaced(run):
    """If the process ends in a call, the call fails, and the next one gets a new process."""
    function = run("import os\ndef handler(event, context):\n    return event and os._exit(1)\n")
    with pytest.raises(FunctionError, match="Runtime exited"):
        function.invoke({"exit": True})
    assert function.invoke({}) == {}


def test_what_it_prints_is_its_log_and_not_its_answer(run):
    """Printed lines, of Python and of C, go to the log, and don't disturb the answer."""
    function = run(
        "import os\ndef handler(event, context):\n    print('one')\n"
        "    os.write(1, b'two\\n')\n    return 3\n"
    )
    assert function.invoke({}) == 3
    assert sorted(function.log) == ["one", "two"]


def test_the_log_is_whole_after_each_call(run):
    """All that a call has printed is in the log when it returns, or is ended after its time."""
    function = run(
        "import time\ndef handler(event, context):\n"
        "    print('line\\n' * event['lines'] + '\\nlast', end='')\n"
        "    time.sleep(event['seconds'])\n",
    )
    for number in range(1, 20):
        function.invoke({"lines": 40, "seconds": 0})
        assert len(function.log) == number * 42
        assert function.log[-3:] == ["line", "", "last"]
    function.timeout_seconds = 1
    with pytest.raises(FunctionError, match="timed out"):
        function.invoke({"lines": 100, "seconds": 60})
    assert function.log.count("line") == 19 * 40 + 100
    assert function.log[-2:] == ["last", "Error: Task timed out after 1.00 seconds"]


def test_what_a_function_has_started_ends_with_it(run):
    """A program that a function has started ends when the function's process is ended."""
    function = run(
        "import subprocess, time\ndef handler(event, context):\n"
        "    print(subprocess.Popen(['sleep', '60']).pid)\n"
        "    time.sleep(event['seconds'])\n",
        timeout_seconds=1,
    )
    with pytest.raises(FunctionError, match="timed out"):
        function.invoke({"seconds": 60})
    pid = int(function.log[0])
    eventually(lambda: gone(pid))


def test_calls_at_once_wait_for_each_other(run):
    """Calls from several threads each get their own answer."""
    function = run("def handler(event, context):\n    return event\n")
    answers = {}

    def call(number):
        answers[number] = function.invoke(number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number for number in range(8)}


def test_it_ends_with_this_process_or_when_stopped(run):
    """`stop` ends the process, and removes what was unpacked."""
    code = "import os\ndef handler(event, context):\n    return os.getpid(), os.getcwd()\n"
    function = run(code)
    pid, folder = function.invoke({})
    function.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not os.path.exists(folder)


def test_the_package_is_complete_and_reproducible(tmp_path):
    """A package has the handler, its files and the word counter; equal content, equal bytes."""
    files = []
    for name in ("handler.py", "vocabulary.json", "max_counts.json"):
        (tmp_path / name).write_text("{}")
        files.append(tmp_path / name)
    one, other = (package(tmp_path / name, *files) for name in ("one.zip", "other.zip"))
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        names = {"handler.py", "vocabulary.json", "max_counts.json", *MODULES}
        assert names < set(archive.namelist())
        assert archive.read("helpers/__init__.py") == b""
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}


def test_libraries_are_packed_beside_the_handler(tmp_path):
    """The files of a folder of libraries are at the top of the package."""
    (tmp_path / "libraries/stemmer").mkdir(parents=True)
    (tmp_path / "libraries/stemmer/a.so").write_bytes(b"machine code")
    (tmp_path / "any").write_text("{}")
    path = package(tmp_path / "a.zip", *[tmp_path / "any"] * 3, libraries=tmp_path / "libraries")
    with zipfile.ZipFile(path) as archive:
        assert archive.read("stemmer/a.so") == b"machine code"


def test_a_missing_file_leaves_no_package(tmp_path):
    """If a file is missing, no package is written, so none is uploaded by mistake."""
    with pytest.raises(FileNotFoundError):
        package(tmp_path / "a.zip", tmp_path / "handler.py", tmp_path / "v", tmp_path / "m")
    assert not (tmp_path / "a.zip").exists()


def test_a_call_after_an_interrupted_one_gets_its_own_answer(run, interruptible, tmp_path):
    """An interrupted call's answer is not that of the next call."""
    code = (
        "import pathlib, time\ndef handler(e, c):\n    if e['seconds']:\n"
        f"        pathlib.Path({str(tmp_path / 'begun')!r}).touch()\n"
        "    time.sleep(e['seconds'])\n    return e['name']\n"
    )
    function = run(code)
    assert function.invoke({"name": "first", "seconds": 0}) == "first"
    interrupt_once((tmp_path / "begun").exists)
    with pytest.raises(KeyboardInterrupt):
        function.invoke({"name": "interrupted", "seconds": 60})
    assert function.invoke({"name": "next", "seconds": 0}) == "next"


def test_a_call_after_an_interrupted_start_starts_again(run, interruptible, tmp_path):
    """After an interrupt while the module is loaded, the next call loads it again."""
    begun = tmp_path / "begun"
    function = run(
        f"import pathlib, time\nbegun = pathlib.Path({str(begun)!r})\n"
        "if not begun.exists():\n    begun.touch()\n    time.sleep(60)\n"
        "def handler(event, context):\n    return 'done'\n"
    )
    interrupt_once(begun.exists)
    with pytest.raises(KeyboardInterrupt):
        function.invoke({})
    assert function.invoke({}) == "done"


@pytest.mark.parametrize("handler", ["None", "0", "{}"])
def test_a_handler_that_cannot_be_called(run, handler):
    """A handler that is not a function is an error of each call, with Python's text."""
    function = run(f"handler = {handler}\n")
    for _ in range(2):
        with pytest.raises(FunctionError, match=r"TypeError: .* object is not callable"):
            function.invoke({})


def test_an_interrupt_of_another_cell_leaves_the_function_alone(run):
    """Jupyter's Interrupt goes to the kernel's group of processes; the function is in its own."""
    function = run("import os\ndef handler(event, context):\n    return os.getpgrp()\n")
    assert function.invoke({}) != os.getpgrp()


def test_a_process_that_was_killed_is_a_function_error(run):
    """A call whose process has been killed in between fails as in Lambda; the next one works."""
    function = run("import os\ndef handler(event, context):\n    return os.getpid()\n")
    pid = function.invoke({})
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(FunctionError, match="ExitError"):
        function.invoke({})
    assert function.invoke({}) != pid


def test_an_interrupt_before_the_process_is_read_starts_again(run, monkeypatch):
    """An interrupt between the start of the process and its first line ends that process too."""
    function = run("def handler(event, context):\n    return 'done'\n")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("helpers.web_app.function._read_lines", interrupted)
        with pytest.raises(KeyboardInterrupt):
            function.invoke({})
    assert function.invoke({}) == "done"
