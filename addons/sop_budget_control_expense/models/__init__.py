# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import account_move_line
from . import hr_expense
from . import hr_expense_control
from . import hr_expense_date
from . import sop_proposal
