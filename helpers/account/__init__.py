"""What the account holds, costs and allows, and how to clean up: each a command."""
