"""Imports agencies from a spreadsheet, the same way as the page does."""

import csv
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import office
from accounts.models import User
from accounts.vocabulary import words
from agencies.imports import columns, preview, reading
from agencies.imports.matching import DIFFERENT, SAME
from agencies.imports.states import code_of
from agencies.services import imports
from crm_portal.lib import sheets
from crm_portal.lib.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Import agencies from a CSV file: shows row by row what would happen, then takes over "
        "everything or nothing. A second import of the same file changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only show, write nothing")
        parser.add_argument(
            "--column", action="append", default=[], metavar="FIELD=HEADING",
            help=f"which column holds what; fields: {', '.join(columns.FIELDS)}",
        )  # fmt: skip
        parser.add_argument("--state", default="", help="for rows that name none: two letters")
        parser.add_argument("--encoding", default="", choices=["", *reading.ENCODINGS])
        parser.add_argument("--by", metavar="EMAIL", help="in whose name; needed to write")
        parser.add_argument("--skip-errors", action="store_true", help="leave rows with errors out")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument(
            "--accept-suspicious", action="store_true", help="alike names are the same agency"
        )
        choice.add_argument(
            "--keep-apart", action="store_true", help="alike names are different agencies"
        )
        parser.add_argument(
            "--decisions", type=Path, metavar="CSV", help="same or different, pair by pair"
        )
        parser.add_argument(
            "--write-decisions", type=Path, metavar="CSV", help="write the open pairs to fill in"
        )

    def handle(self, **options):
        office.forget()
        try:
            self._import(options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _import(self, options):
        now, by = timezone.now(), self._user(options["by"])
        state = code_of(options["state"]) if options["state"] else ""
        if options["state"] and not state:
            raise CommandError(f"“{options['state']}” is not a state. Write its two letters.")
        draft = imports.draft_of(options["file"].name, options["file"].read_bytes(), state, by, now)
        draft.encoding = options["encoding"] or draft.encoding
        draft.columns |= self._columns(draft, options["column"])
        draft.decisions = self._decisions(draft, options)
        draft.leave_out_errors = options["skip_errors"]
        plan = imports.preview_of(draft)
        self._show(plan, options["verbosity"])
        if options["write_decisions"]:
            self._write_decisions(plan, options["write_decisions"])
        if options["dry_run"]:
            self.stdout.write("Nothing was written.")
            return
        is_rest_left_out = draft.leave_out_errors or not plan.errors
        if plan.changes_nothing and is_rest_left_out and not plan.undecided:
            self.stdout.write("Nothing to do: everything is on record already.")
            return
        self._refuse_open(plan, draft)
        if by is None:
            raise CommandError("Say in whose name: --by EMAIL.")
        with transaction.atomic():
            draft.save()
            imports.apply(draft=draft, fingerprint=plan.fingerprint, by=by, now=now)
        self.stdout.write(self.style.SUCCESS("All of it has been taken over."))

    def _user(self, email):
        if not email:
            return None
        user = User.objects.active().filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"Nobody active signs in as {email}.")
        return user

    def _columns(self, draft, pairs):
        headings = imports.sheet_of(draft).headings
        mapping = {}
        for pair in pairs:
            field, _equals, heading = pair.partition("=")
            if field not in columns.FIELDS:
                raise CommandError(f"“{field}” is no field. Fields: {', '.join(columns.FIELDS)}.")
            if heading not in headings:
                raise CommandError(f"No column “{heading}”. Columns: {', '.join(headings)}.")
            mapping[field] = headings.index(heading)
        return mapping

    def _decisions(self, draft, options):
        decisions = {}
        if options["decisions"]:
            with options["decisions"].open(newline="", encoding="utf-8-sig") as file:
                for row in csv.DictReader(file):
                    said = (row.get("decision") or "").strip().lower()
                    if said and said not in (SAME, DIFFERENT):
                        raise CommandError(f"“{said}” is no decision: write same or different.")
                    decisions[row.get("pair", "")] = said
        rest = SAME if options["accept_suspicious"] else DIFFERENT if options["keep_apart"] else ""
        if rest:
            draft.decisions = decisions
            for pair in imports.preview_of(draft).pairs:
                decisions[pair.id] = decisions.get(pair.id) or rest
        return decisions

    def _show(self, plan, verbosity):
        for row in plan.rows:
            if row.status != preview.SAME or verbosity > 1:
                self.stdout.write(f"{row.line:>6}  {row.status:<10}  {row.text}")
        for pair in plan.undecided:
            self.stdout.write(
                f"  pair  {pair.id}  {pair.one.name.shown} = {pair.other.name.shown}? {pair.why}"
            )
        for sentence in plan.contradictions:
            self.stdout.write(self.style.ERROR(sentence))
        rows = ", ".join(f"{count} {status}" for status, count in plan.counts["rows"].items())
        self.stdout.write(f"{plan.counts['all']} rows: {rows}.")
        self.stdout.write(
            "{created} {word} are new, {changed} change, {merged} spellings are merged, "
            "{domains} domains are added.".format(word=words().agencies, **plan.counts)
        )

    def _write_decisions(self, plan, path):
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = [["pair", "state", "name", "same as", "why", "decision"]]
            for pair in plan.undecided:
                names = [pair.one.name.shown, pair.other.name.shown]
                rows.append([pair.id, pair.one.state, *names, pair.why, ""])
            file.writelines(sheets.lines(rows))

    def _refuse_open(self, plan, draft):
        sentences = list(imports.blockers(plan, draft.leave_out_errors))
        if plan.undecided:
            program = Path(sys.argv[0]).name
            sentences.append(
                f"Decide with {program} import_agencies … --write-decisions pairs.csv, fill in the "
                "last column and give it with --decisions pairs.csv; or decide for all that are "
                "left with --accept-suspicious or --keep-apart."
            )
        if plan.errors and not draft.leave_out_errors:
            sentences.append("Leave the rows out with --skip-errors.")
        if sentences:
            raise CommandError("Nothing was written. " + " ".join(sentences))
