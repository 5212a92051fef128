"""What garbage has found once."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
WORDS = ["word", "a:b", "%", "१", ""]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_no_address_to_go_back_to(client, world, word):
    client.force_login(world.people["liaison"])
    answer = client.post(reverse("accounts:theme"), {"theme": "dark", "next": word})
    assert (answer.status_code, answer.url) == (302, reverse("accounts:profile"))
    action = world.mine.action
    address = reverse("feedback:action_note", args=[action.pk])
    form = client.get(address).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    answer = client.post(address, data | {"text": "Asked again.", "next": word})
    assert (answer.status_code, answer.url) == (302, reverse("feedback:action", args=[action.pk]))


@pytest.mark.parametrize(
    ("table", "name"),
    [("agencies_agency", "parent"), ("agencies_person", "agency"), ("agencies_assignment", "user"),
     ("accounts_user", "lead")],
)  # fmt: skip
def test_the_admin_shows_a_form_with_nonsense_again(client, world, administrator, table, name):
    client.force_login(administrator)
    is_user = table == "accounts_user"
    address = (
        reverse(f"admin:{table}_change", args=[administrator.pk])
        if is_user
        else reverse(f"admin:{table}_add")
    )
    answer = client.post(address, {name: "nonsense"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[name]


def test_the_admin_makes_no_more_rows_than_it_can_show(client, world, administrator):
    """Whatever the number says: a thousand rows took ten seconds and sixty megabytes."""
    client.force_login(administrator)
    address = reverse("admin:agencies_agency_change", args=[world.mine.agency.pk])
    sets = client.get(address).context["inline_admin_formsets"]
    prefixes = [inline.formset.prefix for inline in sets]
    data = {
        f"{prefix}-{name}_FORMS": "9" * 30 for prefix in prefixes for name in ("TOTAL", "INITIAL")
    }
    answer = client.post(address, data)
    assert answer.status_code == 200
    shown = [len(inline.formset.forms) for inline in answer.context["inline_admin_formsets"]]
    assert max(shown) == 300
