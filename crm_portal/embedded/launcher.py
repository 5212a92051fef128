"""`make run`: the whole portal on one machine, with a demo office in it."""

import errno
import fcntl
import hashlib
import http.client
import os
import shutil
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from crm_portal.embedded.mail import Mailbox
from crm_portal.embedded.postgres import Postgres
from crm_portal.embedded.processes import StartError, spawn, stop_leftovers, wait_until
from crm_portal.embedded.sockets import base, socket_folder
from crm_portal.embedded.supervisor import Part, Stopped, Supervisor
from crm_portal.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "portal"
# A log that has grown past this is put aside at the next start.
LONGEST_LOG = 20 * 1024 * 1024


class Launcher:
    def __init__(self, *, var, port):
        self.var = var
        self.logs = var / "log"
        self.port = port
        self.address = f"http://localhost:{port}"
        self.env = os.environ | {
            "PORTAL_ENV": os.environ.get("PORTAL_ENV", "demo"),
            "PORTAL_VAR": str(var),
            "BASE_URL": os.environ.get("BASE_URL", self.address),
            "DJANGO_SETTINGS_MODULE": "crm_portal.settings",
            "PYTHONUNBUFFERED": "1",
        }
        # There while the demo is being loaded, and once it is.
        self.loading = var / "run" / "demo-is-loading"
        self.loaded = var / "run" / "demo-loaded"
        self.supervisor = Supervisor(
            memory=var / "run" / "processes.json",
            say=say,
            folders=(var, base(), Path("/tmp"), Path("/dev/shm")),
        )

    def run(self):
        """Start everything, look after it until told to stop, stop everything."""
        self.supervisor.listen()
        with only_one(self.var, self.address):
            stop_leftovers(self.supervisor.memory)
            listener = bind(self.port)
            try:
                self.start(listener)
                self.greet()
                self.supervisor.watch()
                say("Stopping …")
            except Stopped:
                say("Stopping …")
            finally:
                self.supervisor.stop()
                listener.close()
                shutil.rmtree(socket_folder(self.var), ignore_errors=True)

    def start(self, listener):
        self.put_long_logs_aside()
        say("Starting …")
        self.start_database()
        self.start_broker()
        self.start_mail()
        self.prepare()
        self.start_web(listener)
        self.start_python("Worker", "celery", "-A", "crm_portal", "worker", "--concurrency=2")
        self.start_python("Beat", "celery", "-A", "crm_portal", "beat", "--pidfile=")

    def start_database(self):
        if "DATABASE_URL" in os.environ:
            return
        server = Postgres(
            data=self.var / "postgres",
            sockets=socket_folder(self.var) / "postgres",
            log=self.logs / "postgres.log",
        )
        server.prepare()
        self.start_server(server)
        if self.loading.exists():
            # The last start was cut short while the demo was loading: half an office is no use.
            server.drop_database(DATABASE)
            self.loading.unlink()
        if server.create_database(DATABASE):
            self.loaded.unlink(missing_ok=True)
        self.env["DATABASE_URL"] = server.url(DATABASE)

    def start_broker(self):
        if "REDIS_URL" in os.environ:
            return
        server = Valkey(sockets=socket_folder(self.var), log=self.logs / "valkey.log")
        server.prepare()
        self.start_server(server)
        self.env["REDIS_URL"] = server.url()

    def start_server(self, server):
        part = Part(server.name, server.start, server.wait, server.stop_signal, 30, is_needed=True)
        self.supervisor.start(part)

    def start_mail(self):
        if "EMAIL_URL" in os.environ:
            return
        # Bound here, so that the port stays the same and open when the server is started again.
        listener = bind(0)
        port = listener.getsockname()[1]
        folder = self.var / "mailbox"
        Mailbox(folder)
        self.env |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "MAILBOX_DIR": str(folder),
            "OUTBOX_ASK_FIRST_HOP": "crm_portal.embedded.mail.has_taken",
        }
        number = str(listener.fileno())
        command = ["crm_portal.embedded.mail", "--listener", number, "--folder", folder]
        self.start_python("Mail server", *command, listener=listener, is_needed=True)

    def start_web(self, listener):
        command = ["gunicorn", "--config=python:crm_portal.serving", "crm_portal.wsgi"]
        command += [f"--bind=fd://{listener.fileno()}"]
        self.start_python("Web server", *command, listener=listener, ready=self.web_answers)

    def start_python(self, name, module, *words, listener=None, ready=None, is_needed=False):
        log = self.logs / f"{name.lower().replace(' ', '-')}.log"

        def start():
            handed_on = (listener.fileno(),) if listener else ()
            command = [sys.executable, "-m", module, *words]
            return spawn(command, log=log, env=self.env, cwd=ROOT, pass_fds=handed_on)

        def wait(process):
            if ready is not None:
                wait_until(ready, process=process, name=name, log=log)

        self.supervisor.start(Part(name, start, wait, is_needed=is_needed))

    def web_answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/accounts/login/", headers={"Host": "localhost"})
            return connection.getresponse().status < 500
        except OSError:
            return False

    # ---- What must be true before the web server starts

    def prepare(self):
        self.manage("The database's tables", "migrate", "--no-input")
        self.collect_static()
        self.load_demo()

    def load_demo(self):
        is_ours = "DATABASE_URL" not in os.environ
        if os.environ.get("DEMO") == "no" or (is_ours and self.loaded.exists()):
            return
        if not any(ROOT.glob("*/management/commands/load_demo.py")):
            return
        say("Loading the demo office; the first time this takes about a minute …")
        if is_ours:
            self.loading.touch()
        self.manage("The demo office", "load_demo", "--if-empty")
        self.loaded.touch()
        self.loading.unlink(missing_ok=True)

    def collect_static(self):
        """Skipped when nothing changed since the last time: it takes some seconds."""
        digest = hashlib.sha256()
        for folder in (ROOT / "static", *ROOT.glob("*/static")):
            for path in sorted(folder.rglob("*")):
                found = path.stat()
                digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
        digest.update((ROOT / "requirements.lock").read_bytes())
        stamp = ROOT / "staticfiles" / ".stamp"
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        ignored = [f"--ignore={name}" for name in ("scss", "*.scss", ".stamp")]
        self.manage("The static files", "collectstatic", "--no-input", "--clear", *ignored)
        stamp.write_text(digest.hexdigest())

    def manage(self, what, *words):
        command = [sys.executable, ROOT / "manage.py", *words]
        self.supervisor.run(what, command, log=self.logs / "setup.log", env=self.env)

    def put_long_logs_aside(self):
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LONGEST_LOG:
                log.replace(log.with_suffix(".log.old"))

    def greet(self):
        lines = ["", f"  The portal is at {self.address}", ""]
        accounts = self.var / "demo-accounts.txt"
        if accounts.exists():
            lines += ["  Sign in as"]
            lines += [f"    {line}" for line in accounts.read_text().splitlines()] + [""]
        if "MAILBOX_DIR" in self.env:
            lines += [f"  Every letter it sends is at {self.address}/mailbox/", ""]
        lines += [f"  Logs are in {self.logs}; Ctrl-C stops everything.", ""]
        say("\n".join(lines))


def bind(port):
    """A listening socket on this machine's own address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Connections of the last run that still wait out their time do not count as "taken".
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} is taken by another program: try make run PORT={port + 1}."
            ) from None
        if error.errno == errno.EACCES:
            raise StartError(
                f"Port {port} is kept for the system: try make run PORT=8000."
            ) from None
        raise
    return listener


def only_one(var, address):
    """A lock that the system gives back even if we are killed."""
    try:
        (var / "run").mkdir(parents=True, exist_ok=True)
    except PermissionError:
        raise
    except OSError as error:
        raise StartError(
            f"{var} cannot hold the portal's data ({error.strerror}): "
            f"set PORTAL_VAR to another folder."
        ) from None
    lock = (var / "run" / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise StartError(
            f"The portal is already running here ({lock.read().strip()}): stop that one first."
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, {address}")
    lock.flush()
    return lock


def say(text):
    # The terminal may be a file on a full disk.
    with suppress(OSError):
        print(text, flush=True)


def parse_port(text):
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise StartError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        port = parse_port(os.environ.get("PORT", "8000"))
        var = Path(os.environ.get("PORTAL_VAR", ROOT / "var")).resolve()
        Launcher(var=var, port=port).run()
    except StartError as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(f"{error.filename} cannot be written by this user: it was made by another one.")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(f"The disk of {error.filename or var} is full: make room on it and start again.")
