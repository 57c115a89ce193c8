"""What the course costs: what runs now, what was spent, a budget, and a lesson's panel."""

from helpers.costs.panel import panel

__all__ = ["panel"]
