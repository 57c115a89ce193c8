"""Facts about AWS: dated prices, instance types and quotas, and what is billed for."""
