"""The course as a whole: the lessons in order, how far the learner is, and the start page."""
