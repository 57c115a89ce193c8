"""The notebook instance as infrastructure: a CloudFormation template and what it runs."""
