"""The site is killed, and its database and queue are restarted, while people use it.

`python -m tests.drills crash` and `python -m tests.drills restarts`; see docs/development.md.
"""
