"""The web server: `gunicorn --config=python:crm_portal.serving crm_portal.wsgi`, everywhere.

gunicorn opens the port, starts the workers and starts again what ends. Its own threads read from
the connection, so that a few clients which send a byte now and then hold all of them. Waitress
reads all connections in one loop, and a thread gets a request once all of it has come.
"""

import os
import time

from gunicorn.workers.base import Worker
from waitress import create_server, wasyncore

# ---- gunicorn's settings; its command line goes before them --------------------------------------
worker_class = "crm_portal.serving.BufferingWorker"
workers = 2
threads = 4
timeout = 60
graceful_timeout = 5
loglevel = "warning"
# It would lie in the home folder.
control_socket_disable = True
if os.path.isdir("/dev/shm"):  # noqa: S108 - gunicorn makes a file without a name there
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# ---- The worker ----------------------------------------------------------------------------------
# Connections that one worker keeps open. They cost memory, not threads.
CONNECTIONS = 1000
# A connection on which nothing happens for so many seconds is closed.
IDLE_SECONDS = 60
# The largest file that a page takes, and the form around it. What is more is refused at once.
LARGEST_BODY = 21_000_000


class BufferingWorker(Worker):
    def run(self):
        server = create_server(
            self.wsgi,
            sockets=[listener.sock for listener in self.sockets],
            threads=self.cfg.threads,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            # select() would end at 1,024.
            asyncore_use_poll=True,
            max_request_body_size=LARGEST_BODY,
            # Whom to believe is decided by the portal's settings.
            clear_untrusted_proxy_headers=False,
            ident=None,
        )
        while self.alive and os.getppid() == self.ppid:
            self.notify()
            wasyncore.poll2(timeout=1, map=server._map)
        self.finish(server)

    def finish(self, server):
        """Take nothing new, and answer what has come."""
        server.accepting = False
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < deadline and any(
            channel.requests or channel.writable() for channel in server.active_channels.values()
        ):
            wasyncore.poll2(timeout=0.1, map=server._map)
        server.task_dispatcher.shutdown(timeout=1)
