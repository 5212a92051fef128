"""Surveys in the admin site, to look at: their pages write them. Links are shown nowhere."""

from django.contrib import admin

from agencies.admin import LookOnlyAdmin
from surveys.models import Invitation, Question, Questionnaire, Wave


class QuestionInline(admin.TabularInline):
    model = Question
    fields = ["position", "section", "text", "kind", "topic", "lineage", "required"]
    ordering = ["position"]
    can_delete = False
    max_num = 0

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Questionnaire)
class QuestionnaireAdmin(LookOnlyAdmin):
    list_display = ["title", "minutes", "created_at", "frozen_at"]
    search_fields = ["title"]
    inlines = [QuestionInline]


@admin.register(Wave)
class WaveAdmin(LookOnlyAdmin):
    list_display = ["title", "state", "opens_on", "closes_on", "questionnaire"]
    list_filter = ["state"]
    list_select_related = ["questionnaire"]
    search_fields = ["title"]


@admin.register(Invitation)
class InvitationAdmin(LookOnlyAdmin):
    list_display = ["person", "agency", "wave", "invited_at", "revoked_at"]
    list_filter = ["wave"]
    list_select_related = ["person", "agency", "wave"]
    search_fields = ["person__name", "person__email", "agency__name"]
    # What a link is made from stays out, even for those who may see everything.
    fields = ["wave", "person", "agency", "invited_at", "revoked_at"]
