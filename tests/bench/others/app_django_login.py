# SPDX-License-Identifier: ISC
"""Django's own users and sessions, for tests/bench/run: logins, and a page for
everybody.  Run as a program, it makes the tables and the user of BENCH_USER.
The password hasher is Django's first one, or the one of BENCH_HASHER."""

import os

import django
from django.conf import global_settings, settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

HASHERS = global_settings.PASSWORD_HASHERS
FIRST = os.environ.get("BENCH_HASHER", HASHERS[0])

settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret, but long enough to be one for a benchmark",
    ALLOWED_HOSTS=[".localhost"],
    ROOT_URLCONF=__name__,
    # What logins need, and no more.
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions"],
    PASSWORD_HASHERS=[FIRST, *(h for h in HASHERS if h != FIRST)],
    USE_TZ=True,
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BENCH_DB"],
        "OPTIONS": {"timeout": 60},
    }},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.contrib.auth import authenticate, login     # noqa: E402
from django.contrib.auth.models import User             # noqa: E402
from django.db import connection                        # noqa: E402


def hello(request):
    return JsonResponse({"message": "Hello, World!"})


def log_in(request):
    user = authenticate(request, username=request.POST["name"],
                        password=request.POST["password"])
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return HttpResponse(status=204)


def prepare():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
    call_command("migrate", verbosity=0)
    name, password = os.environ["BENCH_USER"].split(":")
    User.objects.create_user(name, password=password)


urlpatterns = [path("", hello), path("login", log_in)]
if __name__ == "__main__":
    prepare()
else:
    app = get_wsgi_application()
