"""The hyperparameters of the built-in Linear Learner: one table, validated with AWS's texts.

Names, ranges and defaults: "Linear learner hyperparameters" of AWS's developer guide; defaults also
from the log of jobs. The texts are those of the algorithms' common toolkit, as far as they are
public; how a range of numbers is described is our own wording.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.hyperparameters import Interval

AUTO = "auto"
REGRESSOR, BINARY, MULTICLASS = "regressor", "binary_classifier", "multiclass_classifier"
LOSSES = {  # predictor_type: its losses, the first one is meant by auto
    REGRESSOR: (
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
    BINARY: ("logistic", "hinge_loss"),
    MULTICLASS: ("softmax_loss",),
}
CRITERIA = (
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
    "cross_entropy_loss",
    "loss_function",
)
POSITIVE = Interval(0, low_open=True)
NOT_NEGATIVE = Interval(0)
FRACTION = Interval(0, 1, low_open=True, high_open=True)
BELOW_ONE = Interval(0, 1, high_open=True)


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter.

    Parameters
    ----------
    name
        As in the request.
    default
        Its text in AWS's default configuration; None if it has none.
    choices
        The texts it may have: all of them without `range`, else beside numbers.
    range
        The numbers it may have, None for no numbers.
    whole
        Whether numbers must be whole.
    """

    name: str
    default: str | None
    choices: tuple[str, ...] = ()
    range: Interval | None = None
    whole: bool = False

    def parse(self, text: str) -> Any:
        """Return the value of a text: a bool, an int, a float, a str, or None for auto.

        Raises
        ------
        UserError
            If the text is not valid, with the toolkit's text.
        """
        lower = text.lower() if self.is_boolean else text  # the SDK sends str(True)
        if lower in self.choices:
            return {"true": True, "false": False, AUTO: None}.get(lower, lower)
        number = self._to_number(text)
        if number is None:
            raise UserError(self._refusal(text))
        return number

    @property
    def is_boolean(self) -> bool:
        return "true" in self.choices

    def _to_number(self, text: str) -> float | int | None:
        if self.range is None:
            return None
        try:
            number = int(text) if self.whole else float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) and number in self.range else None

    def _refusal(self, text: str) -> str:
        start = f"The value '{text}' is not valid for the '{self.name}' hyperparameter which "
        if self.range is None:
            accepted = ", ".join(f"'{choice}'" for choice in self.choices)
            return f"{start}accepts one of the following: {accepted}"
        patterns = [f"a string which matches the pattern '^{choice}$'" for choice in self.choices]
        number = f"{'an integer' if self.whole else 'a number'} in {self.range}"
        return f"{start}expects one of the following: {'; or '.join([*patterns, number])}"


def _choice(name: str, default: str | None, *choices: str) -> Hyperparameter:
    return Hyperparameter(name, default, choices)


def _boolean(name: str, default: str, *more: str) -> Hyperparameter:
    return Hyperparameter(name, default, ("true", "false", *more))


def _integer(name: str, default: str, low: int = 1, high: int | None = None) -> Hyperparameter:
    choices = (AUTO,) if default == AUTO else ()
    return Hyperparameter(name, default, choices, Interval(low, high), whole=True)


def _number(name: str, default: str, numbers: Interval, *choices: str) -> Hyperparameter:
    return Hyperparameter(name, default, choices or ((AUTO,) if default == AUTO else ()), numbers)


TABLE = (
    _choice("predictor_type", None, BINARY, MULTICLASS, REGRESSOR),
    _integer("feature_dim", AUTO),
    _integer("num_classes", "1", 1, 1_000_000),
    _integer("mini_batch_size", "1000"),
    _integer("epochs", "15"),
    _integer("num_models", AUTO, 1, 32),
    _choice("loss", AUTO, AUTO, *(loss for losses in LOSSES.values() for loss in losses)),
    _choice("optimizer", AUTO, AUTO, "sgd", "adam", "rmsprop"),
    _number("learning_rate", AUTO, POSITIVE),
    _number("momentum", AUTO, BELOW_ONE),
    _number("beta_1", AUTO, BELOW_ONE),
    _number("beta_2", AUTO, BELOW_ONE),
    _number("l1", AUTO, NOT_NEGATIVE),
    _number("wd", AUTO, NOT_NEGATIVE),
    _number("bias_wd_mult", AUTO, NOT_NEGATIVE),
    _number("bias_lr_mult", AUTO, POSITIVE),
    _boolean("use_lr_scheduler", "true"),
    _integer("lr_scheduler_step", AUTO),
    _number("lr_scheduler_factor", AUTO, FRACTION),
    _number("lr_scheduler_minimum_lr", AUTO, POSITIVE),
    _choice("init_method", "uniform", "uniform", "normal"),
    _number("init_scale", "0.07", POSITIVE),
    _number("init_sigma", "0.01", POSITIVE),
    _number("init_bias", "0.0", Interval()),
    _boolean("use_bias", "true"),
    _boolean("normalize_data", "true", AUTO),
    _boolean("normalize_label", AUTO, AUTO),
    _boolean("unbias_data", AUTO, AUTO),
    _boolean("unbias_label", AUTO, AUTO),
    _integer("num_point_for_scaler", "10000"),
    _number("margin", "1.0", POSITIVE),
    _number("huber_delta", "1.0", POSITIVE),
    _number("loss_insensitivity", "0.01", POSITIVE),
    _number("quantile", "0.5", FRACTION),
    _number("f_beta", "1.0", POSITIVE),
    _integer("early_stopping_patience", "3"),
    _number("early_stopping_tolerance", "0.001", POSITIVE),
    _integer("accuracy_top_k", "3"),
    _integer("num_calibration_samples", "10000000"),
    _choice("binary_classifier_model_selection_criteria", "accuracy", *CRITERIA),
    _number("target_recall", "0.8", FRACTION),
    _number("target_precision", "0.8", FRACTION),
    _number("positive_example_weight_mult", "1.0", POSITIVE, "balanced", AUTO),
    _boolean("balance_multiclass_weights", "false"),
)
# What the platform may add; AWS's default configuration lists them too. No effect here.
INTERNAL = {
    "_tuning_objective_metric": "",
    "_log_level": "info",
    "_kvstore": "auto",
    "_num_gpus": "auto",
    "_num_kv_servers": "auto",
    "_enable_profiler": "false",
}
REQUIRED = "predictor_type"


def defaults() -> dict[str, str]:
    """Return the default configuration, name to text, as the log shows it."""
    return {row.name: row.default for row in TABLE if row.default is not None} | INTERNAL


def validate(texts: Mapping[str, str]) -> SimpleNamespace:
    """Validate the hyperparameters of a training job.

    Parameters
    ----------
    texts
        Name to text, as in hyperparameters.json.

    Returns
    -------
    types.SimpleNamespace
        The value of each row of TABLE: its own or the default, None for auto. `loss` and
        `optimizer` are never None.

    Raises
    ------
    UserError
        At the first violation.
    """
    if REQUIRED not in texts:
        raise UserError(
            f"No value(s) were specified for '{REQUIRED}' which are required hyperparameter(s)"
        )
    known = {row.name: row for row in TABLE}
    unknown = [name for name in texts if name not in known and name not in INTERNAL]
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        were = "was" if len(unknown) == 1 else "were"
        raise UserError(f"Additional hyperparameters are not allowed ({names} {were} unexpected)")
    merged = defaults() | dict(texts)
    settings = SimpleNamespace(**{name: row.parse(merged[name]) for name, row in known.items()})
    _check_together(settings)
    settings.loss = settings.loss or LOSSES[settings.predictor_type][0]
    settings.optimizer = settings.optimizer or "adam"
    if merged["_tuning_objective_metric"]:
        settings.num_models = 1  # a tuning job trains one model in each job
    return settings


def _check_together(settings: SimpleNamespace) -> None:
    """Raise UserError for hyperparameters that don't fit each other."""
    predictor_type = settings.predictor_type
    if predictor_type == MULTICLASS and settings.num_classes < 3:
        raise UserError(
            f"For predictor_type '{MULTICLASS}', 'num_classes' should be set to a value greater "
            "than 2."
        )
    if settings.loss is not None and settings.loss not in LOSSES[predictor_type]:
        accepted = ", ".join(f"'{loss}'" for loss in (AUTO, *LOSSES[predictor_type]))
        raise UserError(
            f"The value '{settings.loss}' is not valid for the 'loss' hyperparameter which accepts "
            f"one of the following for predictor_type '{predictor_type}': {accepted}"
        )
