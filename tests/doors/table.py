"""Who may open which address: the table that the matrix is generated from.

It is written by hand, apart from the code, so that a check that is lost in a view shows here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.permissions import Permission

SIGNED_IN, PUBLIC = "signed in", "public"
GET, POST, FORM = ("GET",), ("POST",), ("GET", "POST")


def no_kwargs(world):
    return {}


@dataclass(frozen=True)
class Door:
    """One address. `access`: a permission, SIGNED_IN or PUBLIC. `of`: "agency" when it names a
    row of the first agency, which strangers must not find."""

    access: str
    methods: tuple = GET
    kwargs: Callable = no_kwargs
    of: str = ""
    # A page that needs a visit by a personal link first says so without one.
    alone: str = "opens"
    hidden: frozenset = field(default=frozenset({"other_liaison", "outsider"}))

    @property
    def all_methods(self):
        return {*self.methods, "HEAD"} if "GET" in self.methods else set(self.methods)

    def is_hidden_from(self, role):
        return bool(self.of) and role in self.hidden


def of_mine(part):
    """The kwargs of an address that names this part of the first agency's place by its pk."""
    return {"of": "agency", "kwargs": lambda world: {"pk": getattr(world.mine, part).pk}}


def link(part, **more):
    """The kwargs of a page behind a personal link; the visit's cookie is not there."""
    return {
        "kwargs": lambda world: {"public_id": getattr(world.mine, part).public_id},
        "alone": "not there",
        **more,
    }


def of_world(name="wave"):
    return {"kwargs": lambda world: {"pk": getattr(world, name).pk}}


def of_questionnaire():
    return {"kwargs": lambda world: {"pk": world.draft_wave.questionnaire_id}}


NO_TOKEN = {"kwargs": lambda world: {"token": "wrong"}, "alone": "not there"}

ACCOUNTS = {
    "accounts:profile": Door(SIGNED_IN, FORM),
    "accounts:address": Door(SIGNED_IN, FORM),
    "accounts:address_confirm": Door(SIGNED_IN, FORM, alone="not there"),
    "accounts:open_link": Door(PUBLIC, **NO_TOKEN),
    "accounts:theme": Door(SIGNED_IN, POST),
    "accounts:office": Door(Permission.OFFICE_EDIT, FORM),
    "accounts:logo": Door(PUBLIC, alone="not there"),
    "offline": Door(PUBLIC),
    "service_worker": Door(PUBLIC),
}
FEEDBACK = {
    "feedback:concern_list": Door(Permission.CONCERN_VIEW),
    "feedback:concern_raise": Door(Permission.CONCERN_WORK, FORM),
    "feedback:concern": Door(Permission.CONCERN_VIEW, **of_mine("concern")),
    "feedback:concern_action": Door(Permission.CONCERN_WORK, POST, **of_mine("concern")),
    "feedback:concern_reply": Door(Permission.CONCERN_WORK, POST, **of_mine("concern")),
    "feedback:concern_decline": Door(Permission.CONCERN_WORK, POST, **of_mine("concern")),
    "feedback:concern_ask": Door(Permission.CONCERN_WORK, POST, **of_mine("concern")),
    "feedback:wave_close": Door(Permission.WAVE_MANAGE, FORM, **of_world()),
    "feedback:action_list": Door(Permission.ACTION_VIEW),
    "feedback:action_export": Door(Permission.EXPORT),
    "feedback:action_create": Door(Permission.ACTION_WORK, FORM),
    "feedback:action": Door(Permission.ACTION_VIEW, **of_mine("action")),
    **{
        f"feedback:action_{step}": Door(Permission.ACTION_WORK, FORM, **of_mine("action"))
        for step in ("note", "done", "date", "owner", "drop")
    },
    "feedback:own_concerns": Door(Permission.OWN_CONCERNS),
    "feedback:open_link": Door(PUBLIC, **NO_TOKEN),
    "feedback:report_back": Door(PUBLIC, **link("report_back")),
    "feedback:verdict": Door(PUBLIC, POST, **link("report_back")),
    "feedback:told": Door(PUBLIC, **link("report_back")),
}
SURVEYS = {
    "surveys:open_link": Door(PUBLIC, **NO_TOKEN),
    "surveys:answer": Door(PUBLIC, FORM, **link("invitation")),
    "surveys:autosave": Door(PUBLIC, POST, **link("invitation")),
    "surveys:wave_list": Door(Permission.WAVE_VIEW),
    "surveys:wave": Door(Permission.WAVE_VIEW, **of_world()),
    "surveys:results": Door(Permission.WAVE_VIEW, **of_world()),
    "surveys:comments": Door(Permission.WAVE_VIEW, **of_world()),
    "surveys:people": Door(Permission.WAVE_VIEW, **of_world()),
    "surveys:export": Door(Permission.EXPORT, **of_world()),
    "surveys:wave_add": Door(Permission.WAVE_MANAGE, FORM),
    "surveys:audience": Door(Permission.WAVE_MANAGE),
    "surveys:wave_edit": Door(Permission.WAVE_MANAGE, FORM, **of_world("draft_wave")),
    "surveys:wave_open": Door(Permission.WAVE_MANAGE, FORM, **of_world("draft_wave")),
    "surveys:wave_extend": Door(Permission.WAVE_MANAGE, FORM, **of_world()),
    "surveys:wave_end": Door(Permission.WAVE_MANAGE, FORM, **of_world()),
    "surveys:invitation_write": Door(Permission.WAVE_MANAGE, POST, **of_mine("invitation")),
    "surveys:invitation_revoke": Door(Permission.WAVE_MANAGE, POST, **of_mine("invitation")),
    "surveys:questionnaire_list": Door(Permission.WAVE_MANAGE),
    "surveys:questionnaire_add": Door(Permission.WAVE_MANAGE, FORM),
    "surveys:questionnaire": Door(Permission.WAVE_MANAGE, **of_questionnaire()),
    "surveys:questionnaire_edit": Door(Permission.WAVE_MANAGE, FORM, **of_questionnaire()),
    "surveys:questionnaire_copy": Door(Permission.WAVE_MANAGE, FORM, **of_questionnaire()),
    "surveys:preview": Door(Permission.WAVE_MANAGE, **of_questionnaire()),
    "surveys:question_add": Door(Permission.WAVE_MANAGE, FORM, **of_questionnaire()),
    "surveys:question_edit": Door(Permission.WAVE_MANAGE, FORM, **of_world("draft_question")),
    "surveys:question_move": Door(Permission.WAVE_MANAGE, POST, **of_world("draft_question")),
    "surveys:question_delete": Door(Permission.WAVE_MANAGE, FORM, **of_world("draft_question")),
}
DASHBOARDS = {
    "dashboards:home": Door(SIGNED_IN),
    "dashboards:my_work": Door(Permission.ACTION_VIEW),
    "dashboards:topics": Door(Permission.DASHBOARD),
    "dashboards:agency_list": Door(Permission.AGENCY_VIEW),
    "dashboards:agency_export": Door(Permission.EXPORT),
    "dashboards:agency": Door(Permission.AGENCY_VIEW, **of_mine("agency")),
    "dashboards:search": Door(Permission.AGENCY_VIEW),
    "dashboards:components": Door(Permission.ADMIN_SITE, FORM),
    "dashboards:components_answers": Door(Permission.ADMIN_SITE),
    "dashboards:meetings": Door(Permission.AGENCY_VIEW, **of_mine("agency")),
}
# An upload is its owner's alone; this one is the CCO's.
OF_DRAFT = {
    "of": "upload",
    "kwargs": lambda world: {"pk": world.import_draft.pk},
    "hidden": frozenset({"administrator"}),
}
AGENCIES = {
    "agencies:meetings": Door(Permission.MEETING_VIEW),
    "agencies:meeting_export": Door(Permission.EXPORT),
    "agencies:meeting_log": Door(Permission.MEETING_LOG, FORM),
    "agencies:meeting_draft": Door(Permission.MEETING_LOG, POST),
    "agencies:meeting_draft_discard": Door(Permission.MEETING_LOG, POST),
    "agencies:meeting_picker": Door(Permission.MEETING_LOG),
    "agencies:meeting": Door(Permission.MEETING_VIEW, **of_mine("meeting")),
    "agencies:meeting_edit": Door(Permission.MEETING_LOG, FORM, **of_mine("meeting")),
    "agencies:meeting_withdraw": Door(Permission.MEETING_LOG, POST, **of_mine("meeting")),
    "agencies:add": Door(Permission.AGENCY_EDIT, FORM),
    "agencies:edit": Door(Permission.AGENCY_EDIT, FORM, **of_mine("agency")),
    "agencies:spellings": Door(Permission.AGENCY_VIEW, **of_mine("agency")),
    "agencies:people": Door(Permission.AGENCY_VIEW, **of_mine("agency")),
    "agencies:person_add": Door(Permission.AGENCY_EDIT, FORM, **of_mine("agency")),
    "agencies:assignments": Door(Permission.AGENCY_VIEW, **of_mine("agency")),
    "agencies:assignment_add": Door(Permission.AGENCY_EDIT, POST, **of_mine("agency")),
    "agencies:hand_over": Door(Permission.AGENCY_EDIT, POST, **of_mine("agency")),
    "agencies:assignment_end": Door(Permission.AGENCY_EDIT, POST, **of_mine("assignment")),
    "agencies:person": Door(Permission.AGENCY_EDIT, FORM, **of_mine("person")),
    "agencies:person_left": Door(Permission.AGENCY_EDIT, POST, **of_mine("person")),
    "agencies:domain_back": Door(Permission.AGENCY_EDIT, POST, **of_mine("agency")),
    "agencies:spelling_split": Door(Permission.AGENCY_EDIT, FORM, **of_mine("spelling")),
    "agencies:spelling_undo": Door(Permission.AGENCY_EDIT, POST, **of_mine("spelling")),
    "agencies:import": Door(Permission.AGENCY_IMPORT, FORM),
    "agencies:import_preview": Door(Permission.AGENCY_IMPORT, **OF_DRAFT),
    "agencies:import_columns": Door(Permission.AGENCY_IMPORT, POST, **OF_DRAFT),
    "agencies:import_decide": Door(Permission.AGENCY_IMPORT, POST, **OF_DRAFT),
    "agencies:import_apply": Door(Permission.AGENCY_IMPORT, POST, **OF_DRAFT),
    "agencies:import_discard": Door(Permission.AGENCY_IMPORT, POST, **OF_DRAFT),
    "agencies:import_result": Door(
        Permission.AGENCY_IMPORT, kwargs=lambda world: {"pk": world.import_run.pk}
    ),
}
OF_LETTER = {"kwargs": lambda world: {"pk": world.mine.letter.pk}}
OF_MAIL = {"kwargs": lambda world: {"name": "nothing.eml"}, "alone": "not there"}
OUTBOX = {
    "outbox:list": Door(Permission.OUTBOX_VIEW),
    "outbox:letter": Door(Permission.OUTBOX_VIEW, **OF_LETTER),
    "outbox:preview": Door(Permission.OUTBOX_VIEW, **OF_LETTER),
    "outbox:send_again": Door(Permission.OUTBOX_WORK, POST, **OF_LETTER),
    "outbox:drop": Door(Permission.OUTBOX_WORK, POST, **OF_LETTER),
    "outbox:healthz": Door(PUBLIC),
    "mailbox:list": Door(PUBLIC),
    "mailbox:letter": Door(PUBLIC, **OF_MAIL),
    "mailbox:html": Door(PUBLIC, **OF_MAIL),
}

GROUPS = {
    "accounts": ACCOUNTS,
    "agencies": AGENCIES,
    "outbox": OUTBOX,
    "surveys": SURVEYS,
    "feedback": FEEDBACK,
    "dashboards": DASHBOARDS,
}
DOORS: dict[str, Door] = {name: door for group in GROUPS.values() for name, door in group.items()}
