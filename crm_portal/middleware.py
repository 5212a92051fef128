"""What every answer needs, whoever gives it."""

from django.http import HttpResponseNotAllowed

from crm_portal import views


class WrongMethodMiddleware:
    """Gives the bare answer to a method that an address does not know a page that says so."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return views.wrong_method(request, response)
        return response
