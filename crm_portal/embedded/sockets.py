"""Where the local sockets lie: a short path of our own, closed to other users.

A socket's path may have about 100 characters and a database address cannot carry blanks, so the
sockets do not lie beside the data.
"""

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from crm_portal.embedded.processes import StartError

LONGEST = 60
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


def socket_folder(var):
    """The folder for the data in `var`: always the same one, made if need be."""
    name = f"crm-portal-{hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]}"
    folder = base() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StartError(f"{folder} belongs to somebody else: remove it, or set TMPDIR.")
    # As root, PostgreSQL runs as another user and must get through to its own folder in here.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


def base():
    """The first folder for short-lived files whose path is short and plain enough."""
    for path in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()):
        if len(path) <= LONGEST and PLAIN.fullmatch(path) and os.access(path, os.W_OK | os.X_OK):
            return Path(path)
    return Path("/tmp")
