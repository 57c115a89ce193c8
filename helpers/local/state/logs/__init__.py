"""CloudWatch log streams as files."""
