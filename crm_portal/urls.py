"""Every address of the portal. Each app's own urls.py says the rest."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from crm_portal import views

urlpatterns = [
    path("", include("dashboards.urls")),
    path("", include("agencies.urls")),
    path("", include("surveys.urls")),
    path("", include("feedback.urls")),
    path("", include("outbox.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("accounts.sign_in_urls")),
    path("admin/", admin.site.urls),
    path("offline/", views.offline, name="offline"),
    path("sw.js", views.service_worker, name="service_worker"),
]
if settings.MAILBOX_DIR:
    urlpatterns.append(path("mailbox/", include("outbox.mailbox_urls")))

handler400 = "crm_portal.views.bad_request"
handler403 = "crm_portal.views.forbidden"
handler404 = "crm_portal.views.not_found"
handler429 = "crm_portal.views.too_many"
handler500 = "crm_portal.views.server_error"
