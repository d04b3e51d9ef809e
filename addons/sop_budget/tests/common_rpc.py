# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, JsonRpcException


class RpcCase(HttpCase):
    """Operations over HTTP, as a browser would try them."""

    def call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def try_operation(self, operation, records, vals=None):
        """Whether the server let it pass; what passed is undone.

        :param operation: ``r``, ``w``, ``c``, ``u``, or the name of a method
        """
        calls = {
            "r": ("read", records.ids, ["display_name"]),
            "w": ("write", records.ids, vals),
            "c": ("create", [vals]),
            "u": ("unlink", records.ids),
        }
        savepoint = self.env.cr.savepoint()
        try:
            found = self.call(
                records._name, *calls.get(operation, (operation, records.ids))
            )
        except JsonRpcException as error:
            self.assertRegex(
                str(error),
                "AccessError|UserError|MissingError|ValidationError",
                f"{operation} {records}: {error}",
            )
            return False
        finally:
            savepoint.rollback()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        # Rows of a report that are not the reader's are just not there
        return operation != "r" or len(found) == len(records)
