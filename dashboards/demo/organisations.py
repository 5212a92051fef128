"""The agencies: some from the list of domains, through the import; the others by hand."""

from agencies.imports.matching import SAME
from agencies.models import Agency, AgencySpelling
from agencies.services import imports, registry
from dashboards.demo.founding import STATE
from dashboards.demo.reading import FOLDER, read
from dashboards.demo.world import Place

FILE = FOLDER / "data" / "dotgov-colorado.csv"
_FACTS = ("name", "acronym", "tier", "governance", "branch", "cabinet", "city", "head_count")
_SMALLEST = 12


def settle(world, *, scale, now):
    """Bring all agencies into the portal, with their facts and whom they are part of."""
    by = world.users["administrator"]
    _import_domains(by=by, now=now)
    by_acronym = {}
    for about in _chosen(scale):
        parent = by_acronym.get(about.get("parent"))
        agency = _add(about, parent, by=by)
        by_acronym[agency.acronym] = agency
        world.add(Place(agency, about))


def _chosen(scale):
    """The first of them in a smaller world, those of the import before the others."""
    everybody = read("agencies")
    count = max(_SMALLEST, round(len(everybody) * scale))
    by_rank = sorted(everybody, key=lambda about: "spelling" not in about)
    chosen = {about["acronym"] for about in by_rank[:count]}
    return [about for about in everybody if about["acronym"] in chosen]


def _import_domains(*, by, now):
    draft = imports.upload(file_name=FILE.name, content=FILE.read_bytes(), by=by, now=now)
    pairs = imports.preview_of(draft).undecided
    # Two spellings of the Department of Law, and a slip of the pen in "Employement".
    imports.decide(
        draft=draft, decisions={pair.id: SAME for pair in pairs}, leave_out_errors=False, by=by
    )
    draft.refresh_from_db()
    imports.apply(draft=draft, fingerprint=imports.preview_of(draft).fingerprint, by=by, now=now)


def _add(about, parent, *, by):
    facts = {name: about[name] for name in _FACTS if name in about} | {"parent": parent}
    if "spelling" not in about:
        return registry.add_agency(state=STATE, by=by, **facts)
    found = AgencySpelling.objects.select_related("agency").get(
        state=STATE, spelling=about["spelling"]
    )
    return registry.change_agency(
        agency=found.agency, changes=facts, seen_version=found.agency.version, by=by
    )


def is_settled():
    """Whether there is an office already."""
    return Agency.objects.exists()
