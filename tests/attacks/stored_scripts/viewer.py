"""A browser that looks at answers of the portal, and says what they did in it."""

import mimetypes
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.http import HttpResponse

from tests.attacks.stored_scripts.payloads import PAYLOADS, SUM
from tests.browser import Complaints

POLICY = "Content-Security-Policy"
# Runs before anything of the page, in each of its frames.
WATCH = """
alert = () => noticed('a script ran')
document.addEventListener('securitypolicyviolation',
  one => noticed(`policy: ${one.effectiveDirective} ${one.blockedURI}`))
"""
# What of the page does not come from us: nothing of ours has such parts. And which payloads stand
# in it as text, each told by the mark behind it.
LOOK = r"""
([payloads, sum]) => {
  const faults = [], texts = [document.documentElement.textContent]
  const strange = new Set(['object', 'embed', 'portal', 'marquee', 'frameset', 'math',
                           'video', 'audio', 'xmp', 'image', 'isindex'])
  const leads = new Set(['href', 'src', 'action', 'formaction', 'data', 'poster', 'ping', 'srcset',
                         'background', 'xlink:href', 'hx-get', 'hx-post', 'data-hx-get'])
  const isFine = (one, value) => {
    if (!URL.canParse(value, document.baseURI)) return false
    const url = new URL(value, document.baseURI)
    if (url.protocol === 'data:') return one.localName === 'img'
    if (!['http:', 'https:'].includes(url.protocol)) return /^(mailto|tel):$/.test(url.protocol)
    return url.hostname === location.hostname || (one.localName === 'a' && /nofollow/.test(one.rel))
  }
  for (const one of document.querySelectorAll('*')) {
    const name = one.localName
    if (name.startsWith('xss') || strange.has(name)) faults.push(name)
    if (name === 'script' && !one.src && one.type !== 'application/json') faults.push(name)
    if (name === 'meta' && one.httpEquiv) faults.push('meta http-equiv')
    if (one.value && typeof one.value === 'string') texts.push(one.value)
    for (const {name: part, value} of one.attributes) {
      if (/^(data-)?(hx-)?on/.test(part) || part === 'srcdoc') faults.push(`${name} ${part}`)
      if (part === 'style' && /evil/.test(value)) faults.push(`${name} style`)
      if (leads.has(part) && !isFine(one, value)) faults.push(`${name} ${part}=${value}`)
      texts.push(value)
    }
  }
  if (texts[0].includes(sum)) faults.push('a template was worked out')
  const squash = text => text.replace(/\s+/g, '').toLowerCase()
  const wanted = payloads.map(squash), seen = {}
  for (const text of texts)
    for (const {0: mark, 1: field, 2: number, index} of text.matchAll(/~(\d+)\.(\d+)~/g))
      if (!seen[mark])
        seen[mark] = squash(text.slice(Math.max(0, index - 200), index)).endsWith(wanted[number])
  const forms = [...document.forms].map(form => ({
    action: form.getAttribute('action') || '', method: form.method,
    fields: [...form.elements].filter(one => one.name).map(one => [one.name, one.type, one.value]),
  }))
  return {faults, seen, forms}
}
"""


class Shelf(ThreadingHTTPServer):
    """Gives the browser the answers that stand on it, as the portal gave them, and our static
    files, which it may keep. What else is asked for stands in `missing`, with who asked."""

    daemon_threads = True

    def __init__(self, *, has_policy):
        super().__init__(("127.0.0.1", 0), Giving)
        self.has_policy, self.answers, self.missing = has_policy, {}, {}
        Thread(target=self.serve_forever, args=[0.02], daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def headers_of(self, answer):
        return [
            (name, value)
            for name, value in answer.items()
            if name != "Content-Length" and (self.has_policy or name != POLICY)
        ]


class Giving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path in self.server.answers:
            answer = self.server.answers[self.path]
            self.give(answer.status_code, self.server.headers_of(answer), body_of(answer))
        elif self.path.startswith("/static/"):
            body, kind = static_file(urlsplit(self.path).path)
            self.give(200, [("Content-Type", kind), ("Cache-Control", "max-age=9999")], body)
        else:
            self.server.missing[self.path] = path_of(self.headers.get("Referer", ""))
            self.give(404, [], b"")

    def give(self, status, headers, body):
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Says nothing."""


class Noticed(Complaints):
    """What the frames of a page complain about, as "address: what". What we do not have is no
    fault of theirs; what they ask of others is."""

    def note(self, page, message):
        url = message.location.get("url", "")
        is_of_others = bool(url) and "127.0.0.1" not in url
        is_missing = "Failed to load resource" in message.text
        if message.type == "error" and (is_of_others or not is_missing):
            self.append(f"{url if is_of_others else path_of(url)}: {message.text}")


class Viewer:
    """`faults`: what happened that must not, as "address: what". `seen`: (place of the label,
    number of the payload) → whether it stood there letter by letter. `pages`: how many were seen.
    `forms`: address → its forms."""

    AT_ONCE = 16

    def __init__(self, browser, *, has_policy=True):
        self.faults, self.seen, self.forms, self.pages = Noticed(), {}, {}, 0
        self._scripts = {}
        self._shelf = Shelf(has_policy=has_policy)
        self._context = browser.new_context(base_url=self._shelf.url, service_workers="block")
        self._context.expose_binding("noticed", self._note)
        self._context.add_init_script(WATCH)
        if not has_policy:
            self._context.route("**://evil.example/**", lambda route: route.abort())
        self._page = self._context.new_page()
        self._page.on("dialog", self._dismiss)
        self.faults.watch(self._page)

    @property
    def url(self):
        """Where the answers come from."""
        return self._shelf.url

    def show(self, pages):
        """Open each (address, answer, client) as the portal answered it, headers and all, some at
        once, each in a frame of its own."""
        pages = list(pages)
        for start in range(0, len(pages), self.AT_ONCE):
            self._show_some(pages[start : start + self.AT_ONCE])

    def close(self):
        self._context.close()
        self._shelf.shutdown()
        self._shelf.server_close()

    def _show_some(self, pages):
        """What the pages ask for their clients ask for, and they are opened again."""
        known, clients = len(self.faults), {address: client for address, _answer, client in pages}
        answers = {address: answer for address, answer, _client in pages}
        self._shelf.answers = {"/all": frames_of(answers)} | self._scripts | answers
        while True:
            self._shelf.missing = {}
            self._page.goto("/all")
            looks = [
                (path_of(frame.url), frame.evaluate(LOOK, [PAYLOADS, SUM]))
                for frame in self._page.frames[1:]
                if frame.url.startswith(self._shelf.url)
            ]
            # What was noticed is told by then: events wait in the same line.
            self._page.evaluate("new Promise(done => setTimeout(done))")
            if not self._shelf.missing:
                break
            del self.faults[known:]
            for path, asker in self._shelf.missing.items():
                client = clients.get(asker, pages[0][2])
                answer = client.get(path, headers={"hx-request": "true"})
                self._shelf.answers[path] = answer
                if "javascript" in answer.get("Content-Type", ""):
                    self._scripts[path] = answer
        self.pages += len(pages)
        for address, look in looks:
            self._take(address, look)
        self.faults += [f"{one}: shows nothing" for one in answers.keys() - dict(looks).keys()]
        self.faults += [
            f"{address}: has no policy"
            for address, answer in answers.items()
            if self._shelf.has_policy and POLICY not in answer
        ]

    def _take(self, address, look):
        self.faults += [f"{address}: {part}" for part in look["faults"]]
        self.forms[address] = look["forms"]
        for mark, is_literal in look["seen"].items():
            pair = tuple(map(int, mark.strip("~").split(".")))
            self.seen[pair] = self.seen.get(pair, False) or is_literal

    def _note(self, source, what):
        self.faults.append(f"{path_of(source['frame'].url)}: {what}")

    def _dismiss(self, dialog):
        self.faults.append(f"{path_of(self._page.url)}: a script ran and asked")
        dialog.dismiss()


def frames_of(addresses):
    """A page that holds each of these. None is drawn, which would take most of the time: what acts
    only when it is drawn or touched is told by its attributes."""
    frames = [f'<iframe src="{address}" style="display: none"></iframe>' for address in addresses]
    html = f"<!DOCTYPE html>{''.join(frames)}"
    return HttpResponse(html, headers={POLICY: "frame-src 'self'"})


def path_of(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@cache
def static_file(path):
    """(body, type). Looks say nothing here and take their time: style sheets are empty."""
    kind = mimetypes.guess_type(path)[0]
    if kind == "text/css":
        return b"", kind
    with open(finders.find(path.removeprefix("/static/")), "rb") as file:
        return file.read(), kind


def body_of(answer):
    """The answer's bytes, also of one that is made while it is read."""
    if answer.streaming:
        answer.streaming_content = [b"".join(answer.streaming_content)]
        return answer.getvalue()
    return answer.content
