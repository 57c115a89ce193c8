"""S3's objects as files: what moto keeps in memory stays on disk."""
