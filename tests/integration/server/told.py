"""What an answer says of itself, to hold two against each other."""


def told(answer) -> list[tuple[str, str]]:
    """All headers but the time."""
    return sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")
