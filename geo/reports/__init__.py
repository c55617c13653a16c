"""Citizen reports: sent by residents, looked at by moderators, promised to the document workflow.

`moves.TABLE` is the one list of what may happen to a report; `categories` says what may be reported and who gets it.
"""
