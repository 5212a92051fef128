"""Every form of the pages, sent with payloads in all its fields: shown again, it shows them."""

from urllib.parse import urljoin, urlsplit

from django.db import transaction

from tests.attacks.stored_scripts.fields import TYPED, places, words

# A form keeps what its reader cannot type; what chooses a file takes none.
KEPT = {"hidden", "submit", "button", "file", "password"}


def answers_to(forms, pages):
    """(address, answer, browser) for each form that some page holds (`forms`: address → forms),
    as its reader sends it. What a form changes is undone."""
    known = set()
    for address, _page, client in pages:
        for form in forms[address]:
            if (kind := kind_of(address, form)) in known:
                continue
            known.add(kind)
            answer = send(client, address, form)
            if answer is not None and says_something(answer):
                yield f"{target_of(address, form)}?sent={len(known)}", answer, client


def says_something(answer):
    """What holds nothing of what was typed, and no message, is a page that was looked at before."""
    is_shown = f"~{places()[TYPED]}.".encode() in answer.content
    return is_shown or bool(answer.redirect_chain)


def kind_of(address, form):
    """Forms of one kind are one form; the lists of the admin site share the form above them."""
    target, names = target_of(address, form), [name for name, _kind, _value in form["fields"]]
    is_shared = form["method"] == "get" and target.startswith("/admin/")
    return (form["method"], "" if is_shared else target, *names)


def target_of(address, form):
    return urlsplit(urljoin(address, form["action"])).path


def send(client, address, form):
    """The page that follows; None where none does. Who signs out by it is signed in afterwards."""
    data, count = {}, 0
    for name, kind, value in form["fields"]:
        data[name] = value if kind in KEPT else words(TYPED, count)
        count += kind not in KEPT
    if not count:
        return None
    kept = dict(client.cookies)
    with transaction.atomic():
        method = client.get if form["method"] == "get" else client.post
        answer = method(target_of(address, form), data, follow=True)
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.update(kept)
    return answer
