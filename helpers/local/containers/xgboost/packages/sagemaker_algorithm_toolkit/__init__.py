"""What scripts may import of AWS's package of this name: its errors."""
