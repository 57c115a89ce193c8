"""What to do about failed jobs, and waits for jobs: a part of the table in `error_rules`."""

from __future__ import annotations

from helpers.lessons.error_rule import Rule

JOB_RULES = (
    Rule(
        "JobFailed",
        r"Hyperparameter (?P<name>\w+): value \[.*?\[.* not in range",
        "Write `{name}` as one string with commas between the values, not as a list.",
    ),
    Rule(
        "JobFailed",
        r"Hyperparameter (?P<name>\w+): (?P<value>[\w:]+) is not in \[(?P<options>.*)\]",
        "`{value}` is not a value of `{name}`. {closest}",
    ),
    Rule(
        "JobFailed",
        r"to float: '(?P<value>(?P<whole>\d+),(?P<decimals>\d+))'[\s\S]*"
        r"Hyperparameter (?P<name>\w+): could not parse value",
        "Hyperparameter {name} is '{value}': write {whole}.{decimals}, with a point.",
    ),
    Rule(
        "JobFailed",
        r"base 10: '(?P<value>[^']*)'[\s\S]*Hyperparameter (?P<name>\w+): could not parse value",
        "Hyperparameter {name} is '{value}': write a whole number, in digits only.",
    ),
    Rule(
        "JobFailed",
        r"Hyperparameter (?P<name>\w+): could not parse value",
        "The value of {name} is not a number: write digits, and a point before decimals.",
    ),
    Rule(
        "JobFailed",
        r"Extraneous hyperparameter found: (?P<value>\w+)",
        "The container has no hyperparameter `{value}`. {hyperparameter}",
    ),
    Rule(
        "JobFailed",
        r"could not convert string to float: (?:np\.str_\()?'(?P<value>[^']*)'",
        "The container reads numbers only, and found `{value}`: write the file without a header, "
        "an index or text.",
    ),
    # Scripts
    Rule(
        "JobFailed",
        r"ModuleNotFoundError: No module named '(?P<name>[\w.]+)'",
        "The image has no module `{name}`. Name its package in a file requirements.txt in the "
        'folder of the script, and pass SourceCode(requirements="requirements.txt").',
    ),
    Rule(
        "JobFailed",
        r"No such file or directory: '/opt/ml/(?P<name>model|input/data/|output/data)",
        "Use the variables SM_MODEL_DIR, SM_CHANNEL_... and SM_OUTPUT_DATA_DIR in place of paths "
        "that begin with /opt/ml: they are right on every machine.",
    ),
    Rule(
        "JobFailed",
        r"export: `(?P<name>\S+?)=.*': not a valid identifier",
        "`{name}` becomes a variable of the script: names of channels and hyperparameters consist "
        "of letters, digits and underscores.",
    ),
    Rule(
        "JobFailed",
        r"unexpected EOF while looking for matching `''",
        "A hyperparameter has an apostrophe, which the driver of the SDK can't pass: leave it out.",
    ),
    Rule(
        "JobFailed",
        r"exit code: 137$",
        "Exit code 137 is SIGKILL: most likely the memory of this machine was used up.",
    ),
    # Tuning jobs
    Rule(
        "ValidationException",
        r"objective metric \[(?P<value>[^\]]*)\] can't be optimized .* metrics: "
        r"\[(?P<options>[^\]]*)\]",
        "{closest}",
    ),
    Rule(
        "ValidationException",
        r"hyperparameters can't be tuned .*: \[(?P<value>\w+)\]\. Tune some of "
        r"\[(?P<options>[^\]]*)\]",
        "{closest}",
    ),
    Rule(
        "ParamValidationError",
        r"\.(?P<name>M(?:in|ax)Value), value: (?P<value>\S+), type: <class '(int|float)",
        'The ends of a range are strings: "{name}": "{value}".',
    ),
    Rule(
        "ParamValidationError",
        r'Unknown parameter in TrainingJobDefinition: "HyperParameters"',
        "In a tuning job they are called StaticHyperParameters.",
    ),
    Rule(
        "ParamValidationError",
        r'Unknown parameter in TrainingJobDefinition: "Tags"',
        "In a tuning job the tags stand outside of the TrainingJobDefinition: add Tags=tags to the "
        "call.",
    ),
    Rule(
        "ValueError",
        r"Waiter does not exist: hyper_?parameter",
        "boto3 has no waiter for tuning jobs: describe the job again and again, until its status "
        "is no longer InProgress.",
    ),
    Rule("FailedStatusError", r"waiting for HyperParameterTuningJob", "{training_failure}"),
    # Waits
    Rule(
        "TimeoutExceededError",
        "",
        "The job is still running: wait for it without a timeout, or stop it with stop().",
    ),
    Rule("WaiterError", r"Matched expected service error code: ValidationException", "{absent}"),
    Rule(
        "ValueError",
        r"Waiter does not exist: (?P<value>\w+)",
        "There is no waiter `{value}`. {waiter}",
    ),
)
