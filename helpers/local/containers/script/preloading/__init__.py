"""Scripts run in a fork of an interpreter that has an image's large modules imported already."""
