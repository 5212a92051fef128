"""The rules of the house that a machine can hold. docs/developing.md says why they are there."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, get_resolver

ROOT = Path(__file__).resolve().parent.parent
# Bottom first: an app may import what stands before it.
APPS = ["crm_portal", "accounts", "outbox", "agencies", "surveys", "feedback", "dashboards"]
TEMPLATES = ROOT / "templates"

MODULE_LINES = 400
FUNCTION_LINES = 40
VIEW_LINES = 25
TEMPLATE_LINES = 150

# Addresses of other people's packages, which look after themselves.
FOREIGN_ADDRESSES = ("admin/",)

# Rows of the machinery, which nobody will ever ask about.
WITHOUT_HISTORY = {
    "accounts.Submission": "a key of a form that was sent",
    "accounts.AddressChange": "a wish; the user's own row tells the change",
    "accounts.Draft": "text that was not sent yet",
    "accounts.Installation": "a number that never changes",
    "agencies.ImportDraft": "a spreadsheet that is still being looked at",
    "outbox.Letter": "the ledger is its own history",
    "outbox.Heartbeat": "when the portal last looked",
    "surveys.AnswerTally": "a sum of rows that have a history",
    "surveys.ResponseTally": "a sum of rows that have a history",
}

# Reviewed: how often text that is already HTML enters a page there, after cleaning.
TRUSTED_HTML = {"crm_portal/templatetags/portal.py": 1, "crm_portal/templatetags/uswds.py": 1}


def python_files(*, tests=False):
    folders = [*APPS, "bench"] + (["tests"] if tests else [])
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file for file in files if "migrations" not in file.parts]


def templates():
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})


def name_of(path, line=None):
    name = path.relative_to(ROOT).as_posix()
    return f"{name}:{line}" if line else name


def nodes(kind, *, files=None):
    for file in python_files() if files is None else files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, kind):
                yield file, node


def called(node):
    """The last word of what a call calls: `models.F(…)` → `F`."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


# ---- Size ---------------------------------------------------------------------------------------


def test_modules_keep_their_budget():
    lengths = {name_of(file): len(file.read_text().splitlines()) for file in python_files()}
    assert {name: count for name, count in lengths.items() if count > MODULE_LINES} == {}


def test_functions_keep_their_budget():
    too_long = {}
    for file, node in nodes((ast.FunctionDef, ast.AsyncFunctionDef)):
        budget = VIEW_LINES if is_view(file, node) else FUNCTION_LINES
        lines = node.end_lineno - node.lineno + 1
        if lines > budget:
            too_long[f"{name_of(file, node.lineno)} {node.name}"] = lines
    assert too_long == {}


def is_view(file, node):
    first = node.args.args[0].arg if node.args.args else ""
    return "views" in (file.stem, file.parent.name) and first == "request"


def test_templates_keep_their_budget():
    lengths = {name_of(file): len(file.read_text().splitlines()) for file in templates()}
    assert {name: count for name, count in lengths.items() if count > TEMPLATE_LINES} == {}


# ---- Layout -------------------------------------------------------------------------------------


def test_imports_point_down():
    wrong = []
    for file, node in nodes((ast.Import, ast.ImportFrom)):
        own = file.relative_to(ROOT).parts[0]
        if own not in APPS:
            continue
        modules = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            target = module.partition(".")[0]
            if target in APPS and APPS.index(target) > APPS.index(own):
                wrong.append(f"{name_of(file, node.lineno)} imports {module}")
    assert wrong == []


def test_nothing_happens_behind_a_save():
    """No signals and no `save()` of our own: bulk writes and the admin would go round them."""
    wrong = []
    for file, node in nodes(ast.ImportFrom):
        names = {alias.name for alias in node.names}
        if (node.module or "").endswith("signals") and "celery" not in node.module:
            wrong.append(f"{name_of(file, node.lineno)} imports {', '.join(names)}")
    for file, node in nodes(ast.ClassDef):
        wrong += [
            f"{name_of(file, part.lineno)} {node.name}.save"
            for part in node.body
            if isinstance(part, ast.FunctionDef) and part.name == "save"
        ]
    assert wrong == []


def test_no_module_without_a_subject():
    words = {"utils", "util", "helpers", "common", "base", "mixins", "misc", "signals"}
    assert [name_of(file) for file in python_files() if file.stem in words] == []


# What is read beside a locked row never changes there: reviewed.
LOCKS_WITH_A_JOIN = {
    "feedback/services/concerns.py raise_from_response": "the wave's threshold is frozen by then",
    "surveys/services/invitations.py invite": "the join is another statement, under the lock",
    "surveys/services/invitations.py _unplanned": "an invitation never goes to another person",
    "surveys/services/invitations.py write_again": "the wave is held in an earlier statement",
    "surveys/services/responses.py _lock": "an invitation never goes to another person",
}


def test_no_lock_reads_beside_the_row():
    """Who has waited for a lock gets the row as it is, and what is joined to it as it was; where
    the row refers to another by then, it finds no row at all."""
    found = set()
    for file, function in nodes(ast.FunctionDef):
        calls = {called(node) for node in ast.walk(function) if isinstance(node, ast.Call)}
        if {"select_for_update", "select_related"} <= calls:
            found.add(f"{name_of(file)} {function.name}")
    assert found == LOCKS_WITH_A_JOIN.keys()


# ---- Access -------------------------------------------------------------------------------------


def addresses(patterns=None, prefix=""):
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield address, entry.callback
        else:
            yield from addresses(entry.url_patterns, address)


def test_every_address_declares_its_access():
    undeclared = [
        address
        for address, view in addresses()
        if not address.startswith(FOREIGN_ADDRESSES) and not getattr(view, "access", None)
    ]
    assert undeclared == []


def test_every_public_page_says_why():
    for address, view in addresses():
        access = getattr(view, "access", "")
        assert access != "public: ", address


def our_models():
    from pghistory.models import Event

    for model in apps.get_models():
        is_ours = model._meta.app_label in APPS and not model._meta.proxy
        if is_ours and not issubclass(model, Event):
            yield model


def leads_to_agency(model, seen=()):
    from agencies.models import Agency

    if model is Agency:
        return True
    targets = {
        field.related_model
        for field in model._meta.get_fields()
        if (field.many_to_one or field.one_to_one) and field.concrete and field.related_model
    }
    return any(
        leads_to_agency(target, (*seen, model))
        for target in targets
        if target not in seen and target is not model and not is_history(target)
    )


def is_history(model):
    return model._meta.app_label == "pghistory"


def test_every_row_of_an_agency_can_be_hidden():
    blind = [
        model._meta.label
        for model in our_models()
        if leads_to_agency(model) and not hasattr(model._default_manager.all(), "visible_to")
    ]
    assert blind == []


def test_every_business_row_has_a_history():
    from pghistory.models import Event

    events = [model for model in apps.get_models() if issubclass(model, Event)]
    tracked = {model.pgh_tracked_model._meta.db_table for model in events}
    # The tables between two models, too: who was at a meeting is a fact.
    between = [
        field.remote_field.through
        for model in our_models()
        for field in model._meta.local_many_to_many
    ]
    untracked = {
        model._meta.label
        for model in [*our_models(), *between]
        if model._meta.db_table not in tracked
    }
    assert untracked - WITHOUT_HISTORY.keys() == set()


# ---- Background work and letters ----------------------------------------------------------------


def test_no_task_is_set_for_a_time():
    """What is due stands in a row: the broker loses and doubles tasks that wait in it."""
    wrong = [
        name_of(file, node.lineno)
        for file, node in nodes(ast.Call)
        for keyword in node.keywords
        if keyword.arg in {"eta", "countdown"}
    ]
    assert wrong == []


SENDING = {
    "EmailMessage",
    "EmailMultiAlternatives",
    "SMTP",
    "SMTP_SSL",
    "mail_admins",
    "mail_managers",
    "send_mail",
    "send_mass_mail",
    "email_user",
}


def test_nothing_is_sent_outside_the_outbox():
    files = [file for file in python_files() if not is_outbox(file)]
    wrong = []
    for file, node in nodes((ast.Import, ast.ImportFrom), files=files):
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        names = {alias.name for alias in node.names}
        if "smtplib" in {module, *names} or (module.startswith("django.core.mail") and names):
            wrong.append(f"{name_of(file, node.lineno)} imports {', '.join(sorted(names))}")
    wrong += [
        f"{name_of(file, node.lineno)} calls {called(node)}"
        for file, node in nodes(ast.Call, files=files)
        if called(node) in SENDING
    ]
    assert wrong == []


def is_outbox(file):
    parts = file.relative_to(ROOT).parts
    # Django's own mail is the floor that ours is measured against.
    is_floor = parts[:2] == ("bench", "floors")
    return parts[0] == "outbox" or parts[:2] == ("crm_portal", "embedded") or is_floor


# ---- Text that could be a script ----------------------------------------------------------------

# Crispy renders these as templates, unescaped: position of the text among the arguments.
TEMPLATE_TEXTS = {"HTML": 0, "Fieldset": 0, "Submit": 1, "Button": 1, "Reset": 1, "StrictButton": 0}


def test_crispy_gets_no_text_of_users():
    wrong = []
    for file, node in nodes(ast.Call):
        position = TEMPLATE_TEXTS.get(called(node))
        if position is None or "forms" not in (file.stem, file.parent.name):
            continue
        text = node.args[position] if len(node.args) > position else None
        if text is not None and not is_written_here(text):
            wrong.append(f"{name_of(file, node.lineno)} {called(node)}")
    assert wrong == []


def is_written_here(text):
    """A constant, or a constant that is translated."""
    if isinstance(text, ast.Call) and called(text) in {"_", "gettext", "gettext_lazy", "pgettext"}:
        return all(isinstance(part, ast.Constant) for part in text.args)
    return isinstance(text, ast.Constant)


def test_crispy_templates_escape():
    wrong = [
        name_of(file)
        for file in templates()
        if file.is_relative_to(TEMPLATES / "uswds") and re.search(r"\|\s*safe\b", file.read_text())
    ]
    assert wrong == []


UNESCAPED = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|\{%\s*autoescape off")
UNESCAPED_CODE = {"mark_safe", "SafeString", "SafeText", "safe"}


def test_trusted_html_is_reviewed():
    found = Counter(
        name_of(file) for file, node in nodes(ast.Call) if called(node) in UNESCAPED_CODE
    )
    for file in templates():
        if file.suffix == ".html" and (places := UNESCAPED.findall(file.read_text())):
            found[name_of(file)] += len(places)
    assert found == TRUSTED_HTML


INLINE = {
    "script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"\sstyle\s*=", re.I),
    "handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "script address": re.compile(r"javascript:", re.I),
}
COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}", re.S)


@pytest.mark.parametrize("kind", INLINE)
def test_templates_carry_no_inline(kind):
    """The content-security policy would refuse it."""
    wrong = [
        name_of(file)
        for file in templates()
        if file.suffix == ".html"
        # Mail programs know no style sheets, and no policy.
        and not (kind.startswith("style") and "mail" in file.parts)
        and INLINE[kind].search(COMMENT.sub("", file.read_text()))
    ]
    assert wrong == []


# ---- Files --------------------------------------------------------------------------------------


def committed_files():
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listing.stdout.split("\0") if listing.returncode == 0 else []
    return [path for name in names if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_registry_or_this_machine():
    hosts = ["pypi" + ".org", "python" + "hosted", "npm" + "js.org", "npmjs" + ".com"]
    pattern = re.compile("|".join(map(re.escape, [*hosts, str(ROOT) + "/"])))
    wrong = [
        name_of(file)
        for file in committed_files()
        if pattern.search(file.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-main.lock", "requirements-uv.txt"]
)
def test_lock_files_carry_hashes_and_no_address(lock):
    lines = [*(ROOT / lock).read_text().splitlines(), ""]
    assert [line for line in lines if "http" in line] == []
    packages = [number for number, line in enumerate(lines) if "==" in line]
    assert [lines[number] for number in packages if "--hash=" not in lines[number + 1]] == []


def test_no_third_party_file_is_committed():
    foreign = re.compile(r"(^|/)(node_modules|vendor|static/build)/|\.min\.(js|css)$|\.woff2?$")
    assert [name_of(file) for file in committed_files() if foreign.search(name_of(file))] == []
