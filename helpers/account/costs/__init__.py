"""What the course costs: what runs now, what was spent, a budget, and a lesson's panel."""

from helpers.account.costs.panel import panel

__all__ = ["panel"]
