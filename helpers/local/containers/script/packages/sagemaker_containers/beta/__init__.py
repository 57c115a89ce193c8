"""The part of the package that scripts import: `framework`."""
