"""Which hosts the network guard takes for AWS's, and how it rewrites their URLs."""

import pytest

from helpers.session import network_guard


@pytest.mark.parametrize(
    "host",
    [
        "bucket.s3.amazonaws.com",
        "bucket.s3.eu-west-1.amazonaws.com",
        "bucket.s3-eu-west-1.amazonaws.com",
        "bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "bucket.s3-accelerate.amazonaws.com",
        "bucket.s3.cn-north-1.amazonaws.com.cn",
    ],
)
def test_every_virtual_host_is_recognised(host):
    """Every form of S3's virtual hosts that contains a bucket's name is recognised."""
    here = network_guard.rewrite_url(f"https://{host}/k", "http://127.0.0.1:1")
    assert here == "http://127.0.0.1:1/bucket/k"


def test_hosts_without_a_bucket_keep_their_path():
    """Hosts without a bucket (path style, and other services) keep their path."""
    for host in (
        "s3.eu-west-1.amazonaws.com",
        "sts.amazonaws.com",
        "api.sagemaker.x.amazonaws.com",
    ):
        here = network_guard.rewrite_url(f"https://{host}/a?b=c", "http://127.0.0.1:1")
        assert here == "http://127.0.0.1:1/a?b=c"


def test_other_hosts_are_not_refused():
    """Hosts other than AWS's are allowed, even if their names look similar."""
    for host in ("example.org", "notamazonaws.com", "amazonaws.com.example.org", "localhost"):
        assert not network_guard.is_aws(host)
    for host in ("AMAZONAWS.com", "s3.amazonaws.com.", "[fd00:ec2::254]"):
        assert network_guard.is_aws(host)
