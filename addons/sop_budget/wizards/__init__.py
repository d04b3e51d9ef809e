# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import sop_budget_template_create
from . import sop_budget_import
from . import sop_budget_import_sheet
from . import sop_budget_import_column
from . import sop_budget_import_line
from . import sop_budget_import_issue
from . import sop_budget_import_texts
from . import sop_budget_import_check
from . import sop_budget_import_write
from . import sop_budget_assign
from . import sop_budget_amount_entry
from . import account_merge_wizard
from . import sop_budget_alert_acknowledge
