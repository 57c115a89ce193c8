"""Each method of moto that changes S3 is overridden, so an upgrade that adds one is noticed."""

import re

from moto.s3.models import S3Backend

from helpers.local.state.s3.moto_backend import (
    CHANGES_OF_A_BUCKET,
    CHANGES_OF_A_KEY,
    DurableS3Backend,
)

CHANGES = re.compile(r"(abort|complete|copy|create|delete|put|restore|tag|untag|upload|set)_")
NOT_STORED = {
    "create_multipart_upload",  # unfinished uploads are not stored
    "create_table_storage_bucket",  # table buckets neither
    "delete_table_storage_bucket",
    "delete_objects",  # calls delete_object
    "upload_file",  # only named in moto
    "upload_fileobj",
}


def test_every_change_of_moto_is_known():
    """Each method of moto's backend that changes S3 is recorded, overridden or excluded."""
    methods = {name for name in vars(S3Backend) if CHANGES.match(name)}
    recorded = {*CHANGES_OF_A_KEY, *CHANGES_OF_A_BUCKET}
    assert recorded <= methods
    assert methods - recorded - NOT_STORED <= set(vars(DurableS3Backend))
