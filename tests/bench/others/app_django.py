# SPDX-License-Identifier: ISC
"""Django with its ORM, connections as by default, and no middleware, for an
API needs none: for tests/bench/run."""

import os
import random

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpResponse, JsonResponse
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
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.db import connection, models, transaction   # noqa: E402
from django.template import engines             # noqa: E402


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


# ---- the answers of apps/world -----------------------------------------------

class World(models.Model):
    randomnumber = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "world"

    def json(self):
        return {"id": self.id, "randomNumber": self.randomnumber}


class Fortune(models.Model):
    message = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "fortune"


FORTUNES = engines["django"].from_string(
    "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
    "<tr><th>id</th><th>message</th></tr>{% for fortune in rows %}"
    "<tr><td>{{ fortune.id }}</td><td>{{ fortune.message }}</td></tr>"
    "{% endfor %}</table></body></html>")


def count(request):
    try:
        return min(max(int(request.GET["queries"]), 1), 500)
    except (KeyError, ValueError):
        return 1


def plaintext(request):
    return HttpResponse("Hello, World!",
                        content_type="text/plain; charset=utf-8")


def one(request):
    return JsonResponse(World.objects.get(pk=random.randint(1, 10000)).json())


def queries(request):
    worlds = [World.objects.get(pk=random.randint(1, 10000))
              for i in range(count(request))]
    return JsonResponse([world.json() for world in worlds], safe=False)


def updates(request):
    """The transaction begins with a write: one that has read before would be
    refused if another has written since."""
    worlds = [World.objects.get(pk=number) for number in
              sorted(random.randint(1, 10000) for i in range(count(request)))]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = NORMAL")
    with transaction.atomic():
        for world in worlds:
            world.randomnumber = random.randint(1, 10000)
            world.save(update_fields=["randomnumber"])
    return JsonResponse([world.json() for world in worlds], safe=False)


def fortunes(request):
    rows = list(Fortune.objects.all())
    rows.append(Fortune(id=0, message="Additional fortune added at request "
                        "time."))
    rows.sort(key=lambda fortune: fortune.message)
    return HttpResponse(FORTUNES.render({"rows": rows}))


urlpatterns = [
    path("", hello), path("note/<int:number>", note), path("json", hello),
    path("plaintext", plaintext), path("db", one), path("queries", queries),
    path("updates", updates), path("fortunes", fortunes),
]
app = get_wsgi_application()
