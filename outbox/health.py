"""Answers `/healthz` before anything that needs a database, a known host or a session."""

from outbox.views import healthz


class HealthMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return healthz(request) if request.path == "/healthz" else self.get_response(request)
