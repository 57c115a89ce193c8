"""CloudFormation templates, for the tests that read one."""

from pathlib import Path


def load_template(path: Path) -> dict:
    """Return a template as dictionaries and lists, its functions in their long form.

    cfn-lint is imported here, as it takes half a second, and few of the workers read a template.
    """
    from cfnlint.decode import cfn_yaml

    return cfn_yaml.load(str(path))
