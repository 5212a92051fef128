import pytest
from django.core.management import call_command

from accounts.permissions import GRANTS, Permission, Role
from tests.factories import UserFactory


def test_every_role_has_a_row_in_the_table():
    assert set(GRANTS) == set(Role)


def test_representatives_may_only_see_what_became_of_their_concerns():
    assert GRANTS[Role.REPRESENTATIVE] == {Permission.OWN_CONCERNS}


def test_the_table_prints_one_line_per_permission(capsys):
    call_command("print_grants")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(Permission) + 1
    assert lines[0].split() == [role.value for role in Role]


@pytest.mark.django_db
def test_a_closed_account_may_nothing():
    user = UserFactory(role=Role.ADMINISTRATOR, is_active=False)
    assert [permission for permission in Permission if user.may(permission)] == []
