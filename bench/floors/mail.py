"""Django's own way to send letters over one connection, in a process that does nothing else.

`python -m bench.floors.mail PORT COUNT` prints what it took, as JSON.
"""

import json
import os
import sys
import time

import django
from django.core.mail import EmailMultiAlternatives, get_connection

from bench.measure import Line, Meanwhile, report
from bench.servers import run

COUNT = 1000
TEXT = "\n".join(["We have not heard from you yet, and your view counts. Here is your link."] * 12)
HTML = (
    "<html><body>" + "".join(f"<p>{line}</p>" for line in TEXT.split("\n") * 3) + "</body></html>"
)


def send(env, port, postman):
    """The floor of a letter, from a process of its own."""
    with Meanwhile(postman.pid) as used:
        printed = run(env, "-m", "bench.floors.mail", str(port), str(COUNT))
    took = json.loads(printed)
    return report(
        Line(
            key="FM",
            name="a letter, text and HTML, over one connection",
            size="big",
            count=COUNT,
            p50=took["seconds"] / COUNT * 1000,
            cpu=took["cpu"] / COUNT * 1000,
            sql=0,
            rate=COUNT / took["seconds"],
            others=used.others,
            sessions=1,
        )
    )


def letters(count):
    for number in range(count):
        letter = EmailMultiAlternatives(
            "We have not heard from you yet", TEXT, "portal@oit.example",
            [f"Person {number} <person{number}@agency.example>"],
        )  # fmt: skip
        letter.attach_alternative(HTML, "text/html")
        yield letter


def main(port, count):
    begin, own = time.perf_counter(), time.process_time()
    connection = get_connection(host="127.0.0.1", port=int(port))
    connection.open()
    for letter in letters(int(count)):
        connection.send_messages([letter])
    connection.close()
    print(json.dumps({"seconds": time.perf_counter() - begin, "cpu": time.process_time() - own}))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floors.settings"
    django.setup()
    main(*sys.argv[1:])
