# SPDX-License-Identifier: ISC
"""Django with its ORM, connections as by default, and no middleware, for an
API needs none: for tests/bench/run."""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, JsonResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=[".localhost"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    INSTALLED_APPS=[],
    USE_TZ=True,
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BENCH_DB"],
    }},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.db import models                    # noqa: E402


class Note(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "note"


def hello(request):
    return JsonResponse({"message": "Hello, World!"})


def note(request, number):
    try:
        found = Note.objects.get(pk=number)
    except Note.DoesNotExist:
        raise Http404()
    return JsonResponse({"id": found.id, "text": found.text})


urlpatterns = [path("", hello), path("note/<int:number>", note)]
app = get_wsgi_application()
