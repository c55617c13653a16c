"""Letters by e-mail: promised in the transaction of what they tell of, sent by the worker, seen by staff.

`promise(connection, Letter(...))` writes a row and a job; both are there after the commit, or neither.
"""

from geo.mail.model import Letter
from geo.mail.service import promise

__all__ = ["Letter", "promise"]
