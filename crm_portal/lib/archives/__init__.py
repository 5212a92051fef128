"""The whole database in one file, and back: what `manage.py backup` and `restore` do.

`files` knows the file, `contents` what must be in the database that comes out of it, `programs`
calls those of PostgreSQL, `databases` makes and renames databases, and `restoring` has the order
in which all this happens.
"""


class ArchiveError(Exception):
    """The sentence says what is wrong and what to do."""
