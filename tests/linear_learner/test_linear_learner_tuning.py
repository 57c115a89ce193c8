"""What a tuning job may search with Linear Learner, and what it may optimize."""

from support.linear_learner_job import image

from helpers.local.containers import registry
from helpers.local.containers.linear_learner import hyperparameters as hp

CONTAINER = registry.container_of(image())


def test_tunable_hyperparameters():
    """The hyperparameters that can be tuned are AWS's, and both ends of a range are valid."""
    table = {row.name: row for row in hp.TABLE}
    tunable = CONTAINER.tunable_hyperparameters(image())
    assert {item.name for item in tunable} == {
        "wd",
        "l1",
        "learning_rate",
        "mini_batch_size",
        "use_bias",
        "positive_example_weight_mult",
    }
    for item in tunable:
        for value in item.values or (item.low, item.high):
            table[item.name].parse(str(value))


def test_objective_metrics():
    """Every objective metric is one of the metric definitions, of validation or test."""
    names = [item["Name"] for item in CONTAINER.metric_definitions(image())]
    metrics = CONTAINER.objective_metrics(image())
    assert set(metrics) <= set(names)
    assert {name.split(":")[0] for name in metrics} == {"validation", "test"}
    assert {"validation:objective_loss", "test:binary_f_beta", "validation:mse"} <= set(metrics)
    assert not any("final" in name for name in metrics)
