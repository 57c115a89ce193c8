"""Scripts that fail, each in another way, with what their job and its log say then."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

COMMAND, DRIVER, TOOLKIT = "command", "driver", "toolkit"
PLAIN = r"AlgorithmError: , exit code: {code}"
# SDK 3's driver leaves its own traceback, which holds nothing of the script's.
ENDED = r"AlgorithmError: Traceback .*returned non-zero exit status {code}\., exit code: {code}"
DIED = r"AlgorithmError: Traceback .*died with <Signals\.SIG{name}: {number}>\., exit code: {code}"
SHELL = r"AlgorithmError: Training Execution failed\. .*TrainingJob - .*, exit code: {code}"
EXECUTED = (
    r"AlgorithmError: ExecuteUserScriptError:\nExitCode {code}\nErrorMessage .*Command .*, exit "
    r"code: 1"  # whatever the script's is
)


@dataclass(frozen=True)
class FailingScript:
    """A script or a command that fails.

    Parameters
    ----------
    name
        Of the case.
    by
        What runs it: a command of the request, SDK 3's driver or AWS's toolkit.
    code
        The script, or what the shell executes.
    reason
        A pattern of the whole FailureReason.
    logged
        What a line of the log has.
    changes
        Further arguments for the request.
    """

    name: str
    by: str
    code: str
    reason: str
    logged: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)

    def explains(self, reason: str) -> bool:
        """Tell whether a FailureReason is that of this case."""
        return re.fullmatch(self.reason, reason, re.DOTALL) is not None


def _command(name: str, code: str, exit_code: int, logged: str = "") -> FailingScript:
    return FailingScript(name, COMMAND, code, PLAIN.format(code=exit_code), logged)


def _script(name: str, code: str, exit_code: int = 1, logged: str = "") -> FailingScript:
    return FailingScript(name, DRIVER, code, ENDED.format(code=exit_code), logged)


def _killed(name: str, number: int) -> FailingScript:
    reason = DIED.format(name=name, number=number, code=256 - number)
    code = f"import os, signal; os.kill(os.getpid(), signal.SIG{name})"
    return FailingScript(f"script-SIG{name}", DRIVER, code, reason)


def _not_reached(
    name: str, reason: str, exit_code: int, logged: str, **changes: Any
) -> FailingScript:
    """Return a case that fails before the script is started."""
    reason = reason.format(code=exit_code)
    return FailingScript(name, DRIVER, "print('not reached')", reason, logged, changes)


def _by_toolkit(case: FailingScript, exit_code: int = 1) -> FailingScript:
    reason = EXECUTED.format(code=exit_code)
    return FailingScript(f"toolkit-{case.name}", TOOLKIT, case.code, reason, case.logged)


SIGNALS = {"TERM": 15, "KILL": 9, "SEGV": 11, "ABRT": 6, "BUS": 7, "FPE": 8, "INT": 2, "USR1": 10}
EXIT_CODES = (2, 3, 42, 126, 255)
LIMITED = 'ulimit -v 600000; exec python3 -c "bytearray(1 << 31)"'
FULL = "python3 -c \"open('/dev/full', 'w').write('x' * 99999)\""
COMMANDS = (
    *(_command(f"exit-{code}", f"exit {code}", code) for code in EXIT_CODES),
    *(_command(f"SIG{name}", f"kill -{name} $$", 128 + n) for name, n in SIGNALS.items()),
    _command("no-program", "no_such_program", 127, "no_such_program: not found"),
    _command("no-permission", "echo > ~/file; ~/file", 126, "Permission denied"),
    _command("shell-syntax", "if true", 2, 'end of file unexpected (expecting "then")'),
    _command("memory-limit", LIMITED, 1, "MemoryError"),
    _command("not-utf-8", r"printf 'a\377b\n'; exit 1", 1, "a\N{REPLACEMENT CHARACTER}b"),
    _command("no-newline-at-the-end", "printf unfinished; exit 1", 1, "unfinished"),
    _command("many-lines", "seq 5000; exit 1", 1, "5000"),
    _command("long-line", "head -c 200000 /dev/zero | tr '\\0' x; echo end; exit 1", 1, "xend"),
    _command("indented", "printf '    four\\n'; exit 1", 1, "    four"),
    _command("leaves-a-child", "sleep 60 & exit 9", 9),
    _command("closes-its-output", "exec >&- 2>&-; exit 4", 4),
    _command("python-c", "python3 -c 'raise ValueError(1)'", 1, "ValueError: 1"),
    _command("python-m", "python3 -m no_such_module", 1, "No module named no_such_module"),
    _command("python-file", "python3 missing.py", 2, "[Errno 2] No such file or directory"),
    _command("full-device", FULL, 1, "OSError: [Errno 28] No space left on device"),
    FailingScript(
        "own-reason",
        COMMAND,
        "echo the reason > /opt/ml/output/failure; exit 1",
        "AlgorithmError: the reason, exit code: 1",
    ),
    FailingScript(
        "own-reason-not-utf-8",
        COMMAND,
        r"printf 'a\377b' > /opt/ml/output/failure; exit 1",
        "AlgorithmError: a\N{REPLACEMENT CHARACTER}b, exit code: 1",
    ),
    FailingScript(
        "long-reason",
        COMMAND,
        "seq 2000 > /opt/ml/output/failure; exit 1",
        r"AlgorithmError: 1\n2\n.* \.\.\. .*\n2000, exit code: 1",
    ),
)
ERRORS = {  # the name of a case, its script, and how the traceback ends
    "value": ("raise ValueError('mine')", "ValueError: mine"),
    "division": ("1 / 0", "ZeroDivisionError: division by zero"),
    "no-module": ("import no_such", "ModuleNotFoundError: No module named 'no_such'"),
    "no-import": ("from os import no_such", "ImportError: cannot import name 'no_such' from 'os'"),
    "name": ("undefined", "NameError: name 'undefined' is not defined"),
    "key": ("{}['key']", "KeyError: 'key'"),
    "index": ("[][1]", "IndexError: list index out of range"),
    "attribute": ("None.x", "AttributeError: 'NoneType' object has no attribute 'x'"),
    "type": ("'a' + 1", 'TypeError: can only concatenate str (not "int") to str'),
    "no-file": ("open('/no/file')", "FileNotFoundError: [Errno 2] No such file or directory: "
                "'/no/file'"),
    "folder": ("open('/')", "IsADirectoryError: [Errno 21] Is a directory: '/'"),
    "assertion": ("assert False, 'checked'", "AssertionError: checked"),
    "memory": ("raise MemoryError", "MemoryError"),
    "letters": ("raise RuntimeError('Größe €')", "RuntimeError: Größe €"),
    "decode": (r"b'\xff'.decode()", "codec can't decode byte 0xff in position 0: invalid start "
               "byte"),
    "recursion": ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
    "exit-text": ("raise SystemExit('the end')", "the end"),
    "number": ("int('x')", "ValueError: invalid literal for int() with base 10: 'x'"),
    "json": ("import json; json.loads('{')", "double quotes: line 1 column 2 (char 1)"),
    "no-context": ("raise Exception from None", "Exception"),
    "group": ("raise ExceptionGroup('all', [ValueError('one')])", "ValueError: one"),
    "child": ("import subprocess; subprocess.run('false', check=True)", "exit status 1."),
    "syntax": ("def broken(:", "SyntaxError: invalid syntax"),
    "indentation": ("if True:\nprint(1)", "an indented block after 'if' statement on line 1"),
    "string": ("print('a", "SyntaxError: unterminated string literal (detected at line 1)"),
    "indent": ("x = 1\n  y = 2", "IndentationError: unexpected indent"),
    "source-bytes": ("# coding: no-such", "no-such"),
    "thread": ("import threading, os\nthreading.Thread(target=lambda: os._exit(1)).start()\n"
               "threading.Event().wait()", ""),
    "os-exit": ("import os; print('last', flush=True); os._exit(1)", "last"),
    "close": ("import sys; sys.stdout.close(); sys.exit(1)", ""),
}  # fmt: skip
SCRIPTS = (
    *(_script(name, code, 1, logged) for name, (code, logged) in ERRORS.items()),
    *(_script(f"script-exit-{code}", f"raise SystemExit({code})", code) for code in EXIT_CODES),
    *(_killed(name, number) for name, number in SIGNALS.items()),
    _script("arguments", "import argparse; argparse.ArgumentParser().parse_args(['-x'])", 2,
            "error: unrecognized arguments: -x"),
    FailingScript("script-own-reason", DRIVER,
                  "import os; open(os.environ['SM_OUTPUT_FAILURE'], 'w').write('mine'); exit(1)",
                  "AlgorithmError: mine, exit code: 1"),
    # facts of SDK 3's driver: it decodes each line, and its shell reads the variables
    FailingScript("driver-not-utf-8", DRIVER, "import os; os.write(1, b'\\xff\\n')",
                  SHELL.format(code=1), "invalid start byte"),
    _not_reached("channel-with-hyphen", SHELL, 1, "not a valid identifier", channel="train-data"),
    _not_reached("apostrophe", PLAIN, 2, "unexpected EOF while looking for matching `''",
                 hyperparameters={"text": "it's"}),
    _not_reached("dotted-hyperparameter", SHELL, 1, "not a valid identifier",
                 hyperparameters={"opt.lr": "1"}),
    _not_reached("no-requirements", SHELL, 1, "No such file or directory: 'requirements.txt'",
                 requirements="requirements.txt"),
    _not_reached("log-level", SHELL, 1, "invalid literal for int() with base 10: 'INFO'",
                 Environment={"SM_LOG_LEVEL": "INFO"}),
    FailingScript("driver-command", DRIVER, "", SHELL.format(code=6), "An error occurred with exit "
                  "code 6", {"command": "sh -c 'exit 6'"}),
    FailingScript("driver-no-program", DRIVER, "", SHELL.format(code=127),
                  "An error occurred with exit code 127", {"command": "no_such_program"}),
)  # fmt: skip
TOOLKIT_SCRIPTS = (
    *(_by_toolkit(case) for case in SCRIPTS[: len(ERRORS)] if case.name != "close"),
    *(
        _by_toolkit(_script(f"exit-{code}", f"raise SystemExit({code})"), code)
        for code in EXIT_CODES
    ),
)
QUICK = (
    "exit-3", "SIGKILL", "SIGTERM", "no-program", "memory-limit", "not-utf-8", "indented",
    "no-newline-at-the-end", "leaves-a-child", "own-reason", "long-reason", "value", "no-module",
    "syntax", "letters", "script-exit-42", "script-SIGKILL", "driver-not-utf-8",
    "channel-with-hyphen", "apostrophe", "driver-command",
)  # fmt: skip
