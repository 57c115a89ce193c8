"""What CreateHyperParameterTuningJob refuses of several training job definitions."""

import re

import pytest
from support import tuning

NEITHER = {"HyperParameterTuningJobObjective": None, "ParameterRanges": None}
SEVERAL = {
    "one definition beside them": (
        {"TrainingJobDefinition": {}},
        re.compile("either TrainingJobDefinition or TrainingJobDefinitions"),
    ),
    "an objective in the configuration": (
        {"config": {"ParameterRanges": None}},
        re.compile("HyperParameterTuningJobObjective is not a member"),
    ),
    "one name": ({"names": ("a", "a")}, re.compile("needs a DefinitionName of its own")),
    "no objective": ({"own": {"TuningObjective": None}}, re.compile("^A metric is required")),
    "49 environment variables": (
        {"environments": (24, 25)},
        "The sum of the number of environment variables for all the training job definitions can't "
        "exceed 48, and is 49.",
    ),
    "early stopping": (
        {"config": {**NEITHER, "TrainingJobEarlyStoppingType": "Auto"}},
        re.compile("needs a single training job definition"),
    ),
}


@pytest.mark.parametrize("case", SEVERAL)
def test_several_definitions(tuning_data, refused, case):
    """Definitions need names and objectives of their own, and can't be mixed with a single one."""
    changes, message = SEVERAL[case]
    own = {"TuningObjective": tuning.RMSE, "HyperParameterRanges": tuning.ETA}
    own |= changes.get("own", {})
    definitions = [
        tuning.job_definition(
            tuning_data,
            DefinitionName=name,
            Environment={f"A{variable}": "" for variable in range(count)},
            **own,
        )
        for name, count in zip(
            changes.get("names", ("a", "b")), changes.get("environments", (24, 24)), strict=True
        )
    ]
    request = tuning.tuning_request(
        tuning_data,
        config=changes.get("config", NEITHER),
        TrainingJobDefinitions=definitions,
    )
    if "TrainingJobDefinition" not in changes:
        del request["TrainingJobDefinition"]
    refused(request, message)
