"""Who may do what: one enum and one table, printable for an auditor (`manage.py print_grants`).

Which rows somebody sees is a different question, answered by `visible_to` on each queryset.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    CCO = "cco", _("Chief customer officer")
    EXECUTIVE = "executive", _("Officer")
    LIAISON_LEAD = "liaison_lead", _("Liaison lead")
    LIAISON = "liaison", _("Liaison")
    REPRESENTATIVE = "representative", _("Representative")


class Permission(models.TextChoices):
    AGENCY_VIEW = "agency.view", _("see the list and the pages")
    AGENCY_EDIT = "agency.edit", _("edit facts, people and assignments")
    AGENCY_IMPORT = "agency.import", _("import spreadsheets")
    EXPORT = "export", _("export lists")
    MEETING_VIEW = "meeting.view", _("read meetings")
    MEETING_LOG = "meeting.log", _("log and edit meetings")
    WAVE_VIEW = "wave.view", _("see survey waves and their results")
    WAVE_MANAGE = "wave.manage", _("prepare, open and close survey waves")
    CONCERN_VIEW = "concern.view", _("see concerns")
    CONCERN_WORK = "concern.work", _("dispose of concerns")
    ACTION_VIEW = "action.view", _("see actions")
    ACTION_WORK = "action.work", _("work on actions")
    OWN_CONCERNS = "concern.own", _("see what became of one's own concerns")
    DASHBOARD = "dashboard.view", _("see the dashboard of the whole office")
    OUTBOX_VIEW = "outbox.view", _("see what was sent to whom")
    OUTBOX_WORK = "outbox.work", _("send parked letters again, or drop them")
    OFFICE_EDIT = "office.edit", _("edit the office's profile")
    ADMIN_SITE = "admin.site", _("use the admin site")


P = Permission
_READ = {P.AGENCY_VIEW, P.MEETING_VIEW, P.WAVE_VIEW, P.CONCERN_VIEW, P.ACTION_VIEW}
_LIAISON = _READ | {P.MEETING_LOG, P.CONCERN_WORK, P.ACTION_WORK, P.EXPORT}
_LEAD = _LIAISON | {P.AGENCY_EDIT, P.DASHBOARD}

GRANTS: dict[str, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(set(Permission) - {P.OWN_CONCERNS}),
    Role.CCO: frozenset(
        _LEAD | {P.WAVE_MANAGE, P.AGENCY_IMPORT, P.OUTBOX_VIEW, P.OUTBOX_WORK, P.OFFICE_EDIT}
    ),
    Role.EXECUTIVE: frozenset(_READ | {P.MEETING_LOG, P.ACTION_WORK, P.DASHBOARD, P.EXPORT}),
    Role.LIAISON_LEAD: frozenset(_LEAD),
    Role.LIAISON: frozenset(_LIAISON),
    Role.REPRESENTATIVE: frozenset({P.OWN_CONCERNS}),
}

# These roles see every agency; a liaison sees those of today's assignments.
SEES_EVERY_AGENCY = frozenset({Role.ADMINISTRATOR, Role.CCO, Role.EXECUTIVE, Role.LIAISON_LEAD})
# These read restricted meeting notes that are not their own.
READS_RESTRICTED = frozenset({Role.CCO})
