from django.apps import AppConfig

from accounts.vocabulary import term


class AgenciesConfig(AppConfig):
    name = "agencies"
    verbose_name = term("Agencies")
