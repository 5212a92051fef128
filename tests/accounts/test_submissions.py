import threading
import uuid

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.models import Holiday, Submission
from accounts.services.submissions import fingerprint, once
from crm_portal.lib.refusals import Refusal

KEY = uuid.UUID(int=7)


def adding(date):
    def do():
        Holiday.objects.create(date=date, name="Found day")
        return f"/days/{date}/"

    return do


def test_a_form_sent_twice_has_one_effect_and_one_answer(liaison, now):
    first = once(key=KEY, by=liaison, payload="a", do=adding("2027-05-05"), now=now)
    second = once(key=KEY, by=liaison, payload="a", do=adding("2027-05-05"), now=now)
    assert first == ("/days/2027-05-05/", True)
    assert second == ("/days/2027-05-05/", False)
    assert Holiday.objects.count() == 1


def test_the_same_key_with_other_content_is_refused(liaison, now):
    once(key=KEY, by=liaison, payload="a", do=adding("2027-05-05"), now=now)
    with pytest.raises(Refusal, match="already saved with other content"):
        once(key=KEY, by=liaison, payload="b", do=adding("2027-05-06"), now=now)
    assert Holiday.objects.count() == 1


def test_another_file_is_other_content():
    def print_of(name, content):
        data, files = (
            QueryDict("a=1"),
            MultiValueDict({"file": [SimpleUploadedFile(name, content)]}),
        )
        return fingerprint(forms.Form(data, files))

    first = print_of("a.csv", b"one")
    assert print_of("a.csv", b"one") == first
    assert len({first, print_of("a.csv", b"two"), print_of("b.csv", b"one")}) == 3


def test_a_key_of_somebody_else_is_another_key(liaison, cco, now):
    once(key=KEY, by=liaison, payload="a", do=adding("2027-05-05"), now=now)
    assert once(key=KEY, by=cco, payload="b", do=adding("2027-05-06"), now=now)[1] is True


def test_after_a_failure_the_form_can_be_sent_again(liaison, now):
    def fail():
        raise Refusal("no")

    with pytest.raises(Refusal):
        once(key=KEY, by=liaison, payload="a", do=fail, now=now)
    assert Submission.objects.count() == 0
    assert once(key=KEY, by=liaison, payload="a", do=adding("2027-05-05"), now=now)[1] is True


@pytest.mark.django_db(transaction=True)
def test_eight_at_the_same_instant_have_one_effect(liaison, now):
    start, answers = threading.Barrier(8), []

    def send():
        start.wait()
        answers.append(once(key=KEY, by=liaison, payload="a", do=adding("2027-05-05"), now=now))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Holiday.objects.count() == 1
    assert sorted(is_first for _url, is_first in answers) == [False] * 7 + [True]
