"""Addresses of this app."""

from django.urls import path

from dashboards.views import agency, agency_list, components, home, search

app_name = "dashboards"
urlpatterns = [
    path("", home.home, name="home"),
    path("work/", home.my_work, name="my_work"),
    path("topics/", home.topics, name="topics"),
    path("agencies/", agency_list.agency_list, name="agency_list"),
    path("agencies/export/", agency_list.agency_export, name="agency_export"),
    path("agencies/<int:pk>/", agency.agency, name="agency"),
    path("agencies/<int:pk>/meetings/", agency.meetings, name="meetings"),
    path("search/", search.search, name="search"),
    path("components/", components.components, name="components"),
    path("components/answers/", components.answers, name="components_answers"),
]
