"""Dated facts about AWS: prices, instance types, quotas."""
