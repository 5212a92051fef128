"""A letter's HTML as a page of its own, shut in: it runs nothing, loads nothing, leads out only."""

from django.http import HttpResponse

POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-top-navigation-by-user-activation allow-popups",
    ]
)


def as_page(html):
    """The response for a frame. A link opens in the window around it."""
    response = HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response
