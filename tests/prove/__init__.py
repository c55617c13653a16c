"""Editions proved: the geoportal's work is stopped at every step it takes, and nothing is lost or mixed.

    python -m tests.prove --schedules 200 --seed 1

| module | what it holds |
|---|---|
| `steps` | where a process can be stopped, found while it runs: no line of the product knows of it |
| `town` | a town whose every generation of data says which it is, and what must be true of it at rest |
| `operations` | what is stopped: loading, publishing, rolling back, discarding, converting, warming, sweeping |
| `actor` | the process that does one of them and is killed, or whose database or child is |
| `reader` | a resident who reads meanwhile, and notes every answer that is half of two editions |
| `schedules` | which step of which operation is stopped how; one such schedule from beginning to end |
"""
