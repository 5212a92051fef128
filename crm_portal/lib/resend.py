"""What a form of ours has sent in vain, so that a page can offer to send it once more."""


def fields_of(request):
    """(name, value) of what was sent, if a page of ours sent it: no other site can make the browser
    say so. Empty for what holds a password, and for files, which cannot go along."""
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    has_secret = request.path.startswith("/accounts/") or any(
        "password" in key for key in request.POST
    )
    if not is_ours or has_secret or request.FILES:
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
