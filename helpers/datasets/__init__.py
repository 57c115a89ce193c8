"""The data sets of the lessons, one module each."""
