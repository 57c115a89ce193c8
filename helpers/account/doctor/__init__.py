"""The checklist before the first lesson: what is wrong with this machine or account, and the fix.

``helpers.doctor.show()`` prints it in a notebook, ``python -m helpers doctor`` in a terminal.
"""

from helpers.account.doctor.command import show

__all__ = ["show"]
