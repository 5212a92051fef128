"""A mail server on a real socket that answers every step as a script says.

Each step of the script is a list of what to do on the first, second, … time that it is reached:
a reply (`"450 Busy"`), `DROP` (reset the line), a number of seconds to wait, or a tuple of
these. After the last one, and for steps that the script does not name, all goes well.
Steps: banner, ehlo, mail, rcpt, data, body (while the letter comes), dot, rset, quit.
`TAKE` at the dot keeps the letter before what follows.
"""

import socket
import socketserver
import struct
import threading
import time

DROP = object()
TAKE = object()
USUAL = {
    "banner": "220 scripted",
    "ehlo": "250 scripted",
    "mail": "250 OK",
    "rcpt": "250 OK",
    "data": "354 Go on",
    "dot": "250 Taken",
    "rset": "250 OK",
    "quit": "221 Bye",
}


class ScriptedServer:
    def __init__(self):
        self.script = {}
        self.taken = []
        self.connections = 0
        self.recipients = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation)
        self._server.daemon_threads = True
        self._server.owner = self
        self.address = self._server.server_address

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    def does(self, **script):
        """`does(rcpt=["450 Busy", "250 OK"])`."""
        self.script = {step: list(actions) for step, actions in script.items()}

    def next_actions(self, step):
        actions = self.script.get(step)
        action = actions.pop(0) if actions else None
        usual = () if action is None and step == "body" else (USUAL.get(step),)
        if action is None:
            return usual
        return action if isinstance(action, tuple) else (action,)


class _Dropped(Exception):
    pass


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.owner = self.server.owner
        self.owner.connections += 1
        try:
            self.step("banner")
            while line := self.rfile.readline():
                self.command(line.decode("latin1").strip())
        except (_Dropped, OSError):
            pass

    def command(self, line):
        word = line[:4].lower()
        if word in {"ehlo", "helo"}:
            self.step("ehlo")
        elif word == "rcpt":
            self.recipient = line
            self.step("rcpt")
            self.owner.recipients.append(line)
        elif word == "data":
            if self.step("data").startswith("354"):
                self.receive()
        elif word == "quit":
            self.step("quit")
            raise _Dropped
        else:
            self.step(word)

    def receive(self):
        self.letter = self.rfile.readline()
        self.step("body")
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Dropped
            self.letter += line[1:] if line.startswith(b".") else line
        if self.step("dot").startswith("250"):
            self.owner.taken.append(self.letter)

    def step(self, name):
        said = ""
        for action in self.owner.next_actions(name):
            if action is DROP:
                # A reset, not a goodbye.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                raise _Dropped
            if action is TAKE:
                self.owner.taken.append(self.letter)
            elif isinstance(action, int | float):
                time.sleep(action)
            elif action:
                said = action
                self.wfile.write(f"{action}\r\n".encode())
        return said
