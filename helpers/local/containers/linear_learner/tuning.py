"""What a tuning job may search.

Source: "Tune a linear learner model" of AWS's developer guide. The scaling is not documented: it is
what AWS's console suggested in a public walk-through of 2024.
"""

from helpers.local.containers.contract import TunableHyperparameter

TUNABLE_HYPERPARAMETERS = (
    TunableHyperparameter("wd", "Continuous", 1e-7, 1, scaling="Logarithmic"),
    TunableHyperparameter("l1", "Continuous", 1e-7, 1, scaling="Logarithmic"),
    TunableHyperparameter("learning_rate", "Continuous", 1e-5, 1, scaling="Logarithmic"),
    TunableHyperparameter("mini_batch_size", "Integer", 100, 5000, scaling="Linear"),
    TunableHyperparameter("use_bias", "Categorical", values=("true", "false")),
    TunableHyperparameter(
        "positive_example_weight_mult", "Continuous", 1e-5, 1e5, scaling="Logarithmic"
    ),
)
