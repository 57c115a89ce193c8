"""What scripts use of AWS's package sagemaker-containers: `beta.framework`, in part.

Some of AWS's images have version 2.8.6.post2 of that package, changed so that
it can be imported by today's Python (aws/deep-learning-containers, folder docker).
As PyPI has it, it can't be imported by Python 3.10 or later, and its command `train` would replace
that of sagemaker-training.
"""
