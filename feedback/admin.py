"""Concerns and actions in the admin site: to look at. Changes go through their pages, which write
down who did what and tell whom it concerns."""

from django.contrib import admin

from feedback.models import Action, ActionActivity, Concern, ReportBack, Rung


class ReadOnly:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ActionInline(ReadOnly, admin.TabularInline):
    model = Action
    fields = ["what", "owner", "due_on", "state"]
    show_change_link = True


class ReportBackInline(ReadOnly, admin.TabularInline):
    model = ReportBack
    fields = ["round", "kind", "person", "did", "asked_at", "verdict", "words", "answered_at"]


class ActivityInline(ReadOnly, admin.TabularInline):
    model = ActionActivity
    fields = ["at", "kind", "by", "text"]


class RungInline(ReadOnly, admin.TabularInline):
    model = Rung
    fields = ["cycle", "level", "reached_at", "told"]


@admin.register(Concern)
class ConcernAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["__str__", "agency", "raised_by", "raised_at", "source", "state"]
    list_filter = ["state", "source", "raised_at"]
    list_select_related = ["agency", "raised_by"]
    search_fields = ["quote", "topic", "agency__name", "raised_by__name"]
    inlines = [ActionInline, ReportBackInline]


@admin.register(Action)
class ActionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["what", "agency", "owner", "due_on", "state", "cycle", "last_activity_at"]
    list_filter = ["state", "due_on"]
    list_select_related = ["agency", "owner"]
    search_fields = ["what", "agency__name", "owner__name"]
    inlines = [ActivityInline, RungInline]


@admin.register(Rung)
class RungAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["action", "cycle", "level", "reached_at", "told"]
    list_filter = ["level"]
    list_select_related = ["action", "told"]


@admin.register(ReportBack)
class ReportBackAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["concern", "person", "round", "kind", "asked_at", "verdict"]
    list_filter = ["verdict", "kind"]
    list_select_related = ["concern", "person"]
    # What a personal link is made of stays out of sight.
    exclude = ["public_id", "salt", "epoch", "key_id", "token_hash"]
