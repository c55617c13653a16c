"""Who works here: accounts, roles, sessions, and the audit table; the gate that every route of Flask passes.

`Gate(deps, public).install(app)` lets nobody through a route that no rule names; a door of staff names its own with
`needs(Role.MODERATOR)(view)`.
"""

from geo.auth.gate import Gate, needs, signed_in
from geo.auth.model import Account, Role, Session

__all__ = ["Account", "Gate", "Role", "Session", "needs", "signed_in"]
