"""The cast of every story: who is who, in the words of the product.

`agency` has its `liaison`, whose `lead` answers to the `cco`; its `agency_cio` answers surveys and
its `representative` signs in. The `other_liaison` looks after `other_agency`. The `outsider` is a
liaison without any assignment, who must never see anything.
"""

import pytest

from accounts import office
from accounts.models import User
from accounts.permissions import Role
from crm_portal.lib import throttle
from tests import factories


@pytest.fixture(autouse=True)
def office_anew():
    office.forget()
    throttle.forget()


@pytest.fixture
def now():
    return factories.NOW


@pytest.fixture
def today():
    return factories.TODAY


@pytest.fixture
def office_row(db):
    return factories.OfficeFactory()


@pytest.fixture
def administrator(office_row):
    return factories.UserFactory(
        email="admin@oit.example", name="Ada Admin", role=Role.ADMINISTRATOR
    )


@pytest.fixture
def cco(office_row):
    return factories.UserFactory(email="cco@oit.example", name="Carla Ochoa", role=Role.CCO)


@pytest.fixture
def state_cio(office_row):
    return factories.UserFactory(
        email="cio@oit.example",
        name="Sam Cioffi",
        role=Role.EXECUTIVE,
        post=User.Post.STATE_CIO,
    )


@pytest.fixture
def officer(office_row):
    return factories.UserFactory(
        email="risk@oit.example", name="Rita Risk", role=Role.EXECUTIVE, post=User.Post.RISK
    )


@pytest.fixture
def lead(cco):
    return factories.UserFactory(
        email="lead@oit.example", name="Lee Adler", role=Role.LIAISON_LEAD, lead=cco
    )


@pytest.fixture
def agency(office_row):
    return factories.AgencyFactory(name="Department of Transport", acronym="DOT", tier=1)


@pytest.fixture
def other_agency(office_row):
    return factories.AgencyFactory(name="Department of Revenue", acronym="DOR")


@pytest.fixture
def liaison(agency, lead):
    user = factories.UserFactory(email="dana@oit.example", name="Dana Ortiz", lead=lead)
    factories.AssignmentFactory(agency=agency, user=user)
    return user


@pytest.fixture
def other_liaison(other_agency, lead):
    user = factories.UserFactory(email="omar@oit.example", name="Omar Reed", lead=lead)
    factories.AssignmentFactory(agency=other_agency, user=user)
    return user


@pytest.fixture
def outsider(office_row):
    return factories.UserFactory(email="out@oit.example", name="Olga Outside")


@pytest.fixture
def agency_cio(agency):
    return factories.PersonFactory(agency=agency, name="Ines Cruz", email="ines@dot.example")


@pytest.fixture
def representative(agency):
    user = factories.UserFactory(email="rep@dot.example", name="Ray Rep", role=Role.REPRESENTATIVE)
    factories.PersonFactory(agency=agency, name=user.name, email=user.email, user=user)
    return user
