# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""All of Operations as one JSON file, as far as the reader may read it.

The file is described in ``docs/workspace-json.md``; whoever changes what is in it raises
:data:`VERSION`.
"""

import json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

SCHEMA = "sop.workspace"
VERSION = 1
#: Records that are read at once.
BATCH = 1000
#: Parts of Odoo that every document has, and marks that people keep for themselves.
LEFT_OUT = {"access_token", "favorite_user_ids", "parent_path"}
LEFT_OUT_STARTS = ("message_", "activity_", "rating_", "website_message_")


class SopWorkspaceDump(models.AbstractModel):
    _name = "sop.workspace.dump"
    _description = "Workspace as JSON"

    @api.model
    def _get_models(self) -> list[str]:
        """Names of what is in the file, in its order. To be extended by super()."""
        return [
            "sop.operation.tag",
            "sop.operation",
            "sop.operation.need",
            "sop.operation.risk",
            "sop.operation.dependency",
            "sop.operation.funding",
            "sop.kpi",
            "sop.kpi.target",
            "sop.kpi.value",
            "sop.milestone",
            "sop.operation.update",
            "sop.action.item",
            "sop.retrospective",
            "sop.experiment",
            "sop.experiment.arm",
            "sop.experiment.look",
            "sop.earned.value",
        ]

    @api.model
    def _iterate(self):
        """The file in pieces of text; counts come last, when they are known."""
        companies = self.env.companies
        head = {
            "schema": SCHEMA,
            "version": VERSION,
            "made_at": fields.Datetime.now(),
            "made_by": self.env.user.name,
            "companies": [
                {"id": c.id, "name": c.name, "currency": c.currency_id.name}
                for c in companies
            ],
        }
        yield f'{_dump(head)[:-1]}, "records": {{'
        counts, people = {}, set()
        for number, name in enumerate(self._get_readable_models()):
            yield f"{', ' if number else ''}{_dump(name)}: ["
            counts[name] = 0
            for rows in self._iterate_records(name, companies, people):
                lead = ", " if counts[name] else ""
                yield lead + ", ".join(map(_dump, rows))
                counts[name] += len(rows)
            yield "]"
        # sudo: names of people who are named in what the reader may read
        users = self.env["res.users"].sudo().browse(sorted(people)).exists()
        names = {user.id: user.name for user in users}
        yield f'}}, "people": {_dump(names)}, "counts": {_dump(counts)}}}'

    @api.model
    def _get_readable_models(self):
        return [
            name for name in self._get_models() if self.env[name].has_access("read")
        ]

    @api.model
    def _iterate_records(self, name, companies, people):
        """Batches of plain values of one model; ids of people are added to ``people``."""
        model = self.env[name].with_context(active_test=False)
        columns = self._get_columns(model)
        users = [
            column
            for column in columns
            if getattr(model._fields[column], "comodel_name", None) == "res.users"
        ]
        domain = Domain.TRUE
        if "company_id" in model._fields:
            domain = Domain("company_id", "in", [*companies.ids, False])
        ids = model.search(domain, order="id").ids
        for part in split_every(BATCH, ids):
            rows = model.browse(part).read(columns, load=None)
            for row in rows:
                for column in users:
                    found = row[column]
                    people.update(found if isinstance(found, list) else [found])
            people.discard(False)
            # What was read isn't needed again
            model.invalidate_model(columns)
            yield rows

    @api.model
    def _get_columns(self, model):
        """Stored fields that the reader may read; files and what Odoo keeps are left out."""
        return [
            name
            for name in sorted(model.fields_get(attributes=["type"]))
            if (field := model._fields[name]).type != "binary"
            and (field.store or field.type == "many2many" and not field.compute)
            and name not in LEFT_OUT
            and field.type != "one2many"
            and getattr(field, "comodel_name", None) != "ir.attachment"
            and not name.startswith(LEFT_OUT_STARTS)
        ]


def _dump(value):
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value):
    """Days and moments as ISO 8601; moments are in UTC."""
    return value.isoformat()
