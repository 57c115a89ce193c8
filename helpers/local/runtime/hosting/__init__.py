"""Endpoints: fleets of model containers that answer invocations, and the traffic to them."""
