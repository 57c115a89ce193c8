"""What scripts use of AWS's package of this name, which is in its XGBoost image.

Names, signatures and texts are those of aws/sagemaker-xgboost-container, which AWS installs in the
image 3.2-0 (aws/deep-learning-containers, docker/xgboost). The code is our own: data is read by the
modules of the built-in algorithm.
"""
