"""What to do about errors of the SageMaker SDK: a part of the table in `error_rules`."""

from __future__ import annotations

from helpers.lessons.error_rule import Rule

SDK_RULES = (
    # A trainer keeps its job only if the request was accepted
    Rule(
        "AttributeError",
        r"'NoneType' object has no attribute '(refresh|wait)'",
        "No job exists: the cell that starts it has not been run, or its request was refused. "
        "Run that cell again, then this one.",
    ),
    # Code for version 2 of the SDK
    Rule(
        "AttributeError|ImportError",
        r"(module 'sagemaker' has no attribute|cannot import name) "
        r"'(Session|get_execution_role)'( from 'sagemaker'|$)",
        "That is code for version 2 of the SDK. In version 3:\n"
        "    from sagemaker.core.helper.session_helper import Session, get_execution_role",
    ),
    Rule(
        "AttributeError|ImportError",
        r"(module 'sagemaker' has no attribute|cannot import name) "
        r"'image_uris'( from 'sagemaker'|$)",
        "That is code for version 2 of the SDK. In version 3:\n"
        "    from sagemaker.core import image_uris",
    ),
    Rule(
        "AttributeError",
        r"module 'sagemaker' has no attribute 'estimator'",
        "That is code for version 2 of the SDK. In version 3:\n"
        "    from sagemaker.train import ModelTrainer",
    ),
    Rule(
        "AttributeError",
        r"'ModelTrainer' object has no attribute 'fit'",
        "fit() is code for version 2 of the SDK. In version 3:\n"
        "    trainer.train(input_data_config=channels)",
    ),
    Rule(
        "AttributeError",
        r"'HyperparameterTuner' object has no attribute 'fit'",
        "fit() is code for version 2 of the SDK. In version 3:\n"
        "    tuner.tune(inputs=channels, job_name=..., wait=False)",
    ),
    Rule(
        "TypeError",
        r"HyperparameterTuner\.__init__\(\) got an unexpected keyword argument 'estimator'",
        "That is code for version 2 of the SDK. In version 3 the tuner gets a ModelTrainer:\n"
        "    HyperparameterTuner(model_trainer=trainer, ...)",
    ),
    Rule(
        "AttributeError",
        r"'(ModelTrainer|Transformer|Model)' object has no attribute '(?P<name>predict|deploy)'",
        "{name}() is code for version 2 of the SDK. Here you predict with a batch transform "
        '(step 8), or with an endpoint, in the lesson "Deploy".',
    ),
    Rule(
        "RuntimeError",
        r"no validator found for <class '[\w.]*PipelineVariable'>",
        "The SDK and pydantic in this kernel do not fit together. Run `make setup` in the "
        "course's folder, restart the kernel, and choose the course's kernel.",
    ),
    # Answers
    Rule(
        "AttributeError",
        r"'Unassigned' object has no attribute '\w+'",
        "SageMaker's answer has no value there: it comes later, or not at all if a job failed. "
        "Look at the status and at failure_reason, then ask again.",
    ),
    # Arguments
    Rule(
        "AttributeError",
        r"'(?P<type>\w+)' object has no attribute 'startswith'",
        "{transform_uri}",
    ),
    Rule("TypeError", r"type datetime is not JSON serializable", "{model_name}"),
    Rule(
        "ValidationError",
        r"for Model\.get\nmodel_name\.str\n +Input should be a valid string",
        "Pass the model's name, not the model itself: model_name=model_name.",
    ),
    Rule(
        "ValidationError",
        r"for ModelTrainer\.train\n\w+\n +Input should be a valid list",
        "Pass a list of InputData, one for each channel:\n    trainer.train(input_data_config="
        '[InputData(channel_name="train", data_source=...)])',
    ),
    Rule(
        "ValidationError",
        r"for [\w.]+\ntags\.0\.key\n +(Field required|Missing required)",
        "tags must be Tag objects (of sagemaker.core.shapes), not dicts:\n"
        '    tags = [Tag(key=tag["Key"], value=tag["Value"]) for tag in helpers.tags(lesson)]',
    ),
    Rule(
        "ValidationError",
        r"for (?P<owner>Model|Endpoint|EndpointConfig|TrainingJob|TransformJob)\n(?P<name>\w+)\n"
        r" +Extra inputs are not permitted",
        "To create one: {owner}.create(...). `{owner}` itself has no argument `{name}`.",
    ),
    Rule(
        "ValidationError",
        r"for (?P<owner>\w+)\n(?P<name>\w+)\n +Extra inputs are not permitted",
        "`{owner}` has no argument `{name}`: help({owner}) lists those that it has. {accepted}",
    ),
    Rule(
        "ValidationError",
        r"for (?P<owner>\w+\.\w+)\n(?:.*\n)*?(?P<name>\w+)\n +Unexpected keyword argument",
        "`{owner}` has no argument `{name}`. {parameter}",
    ),
    Rule(
        "ValidationError",
        r"for (?P<owner>[\w.]+)\n(?P<name>[\w.]+)\n +(Field required|Missing required)",
        "Add the argument `{name}` to `{owner}`.",
    ),
)
