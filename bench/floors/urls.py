from django.urls import path

from bench.floors import views

urlpatterns = [
    path("fixed", views.fixed),
    path("session", views.session),
    path("agencies/<int:count>", views.agencies),
    path("agency/<int:count>", views.agency),
    path("insert", views.insert),
    path("survey/<str:token>", views.survey),
    path("submit/<str:token>", views.submit),
    path("results", views.results),
    path("raw-results", views.raw_results),
    path("dashboard", views.dashboard),
]
