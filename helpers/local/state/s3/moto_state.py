"""Convert moto's state of a bucket or of a key to the value of a record, and back."""

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3 import models

SEPARATELY_STORED = ("keys", "multiparts")  # keys have their own records, uploads have none


def find_bucket(name: str) -> models.FakeBucket | None:
    """Return a general purpose bucket of any account, or None."""
    partition, account = models.s3_backends.bucket_accounts.get(name, (None, None))
    return models.s3_backends[account][partition].buckets.get(name) if account else None


def bucket_record(bucket: models.FakeBucket) -> dict[str, Any]:
    """Return a bucket's configuration and tags."""
    state = {name: value for name, value in vars(bucket).items() if name not in SEPARATELY_STORED}
    return {"state": state, "tags": _tagger(bucket).get_tag_dict_for_resource(bucket.arn)}


def key_record(bucket: models.FakeBucket, key: str, versions: list[Any]) -> dict[str, Any]:
    """Return a key's versions, oldest first, and their tags by ARN."""
    tagger = _tagger(bucket)
    arns = [version.arn for version in versions if hasattr(version, "arn")]
    tags = {arn: tagger.get_tag_dict_for_resource(arn) for arn in arns if tagger.has_tags(arn)}
    return {"key": key, "versions": list(versions), "tags": tags}


def blob_names(versions: list[Any]) -> frozenset[str]:
    """Return the blobs of all versions that have bytes (a delete marker has none)."""
    return frozenset(version.blob.name for version in versions if hasattr(version, "blob"))


def restore_bucket(name: str, record: dict[str, Any] | None) -> None:
    """Make moto's bucket match its record; without a record it is deleted."""
    bucket = find_bucket(name)
    if record is None:
        if bucket:
            del _backend(bucket).buckets[name]
            models.s3_backends.bucket_accounts.pop(name, None)
        return
    state = record["state"]
    if bucket is None:
        account = state.get("account_id", DEFAULT_ACCOUNT_ID)
        bucket = models.FakeBucket(name, account, state.get("region_name", "us-east-1"))
    vars(bucket).update(state)
    models.s3_backends.bucket_accounts[name] = (bucket.partition, bucket.account_id)
    _backend(bucket).buckets[name] = bucket
    _set_tags(bucket, bucket.arn, record["tags"])


def restore_key(name: str, key: str, record: dict[str, Any] | None) -> None:
    """Make moto's versions of a key match their record; without a record they are deleted."""
    bucket = find_bucket(name)
    if bucket is None:
        return
    if record is None:  # dict's own methods: moto's would dispose of versions
        dict.pop(bucket.keys, key, None)
        return
    for version in record["versions"]:
        if arn := getattr(version, "arn", None):
            _tagger(bucket).delete_all_tags_for_resource(arn)
    load_key(bucket, record)


def load_key(bucket: models.FakeBucket, record: dict[str, Any]) -> None:
    """Put the versions of a record into a bucket that has no tags for them."""
    dict.__setitem__(bucket.keys, record["key"], record["versions"])
    for arn, tags in record["tags"].items():
        _tagger(bucket).tags[arn] = dict(tags)


def _backend(bucket: models.FakeBucket) -> models.S3Backend:
    return models.s3_backends[bucket.account_id][bucket.partition]


def _tagger(bucket: models.FakeBucket) -> Any:
    return _backend(bucket).tagger


def _set_tags(bucket: models.FakeBucket, arn: str, tags: dict[str, str]) -> None:
    tagger = _tagger(bucket)
    tagger.delete_all_tags_for_resource(arn)
    if tags:
        tagger.tags[arn] = dict(tags)
