"""Make boto3's default session in advance, with the descriptions of S3 that AWS's toolkit needs.

To fetch a script the toolkit makes a client of S3, which reads some megabytes of JSON. A session
reads variables, credentials and configuration files only when it makes a client, so each fork
reads those of its own job.
"""

import boto3
import botocore.loaders
import botocore.session

OF_S3 = ("service-2", "endpoint-rule-set-1", "resources-1")
OF_ALL_SERVICES = ("endpoints", "partitions", "sdk-default-configuration")


def prepare() -> None:
    """Give boto3 a default session that has loaded those files."""
    session = botocore.session.Session()
    loader = botocore.loaders.create_loader()
    session.register_component("data_loader", loader)
    boto3.setup_default_session(botocore_session=session)  # which adds the files of boto3
    for name in OF_S3:
        loader.load_service_model("s3", name)
    for name in OF_ALL_SERVICES:
        loader.load_data(name)


prepare()
