# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import test_expense
from . import test_expense_concurrency
from . import test_expense_conservation
from . import test_expense_control
from . import test_expense_date
from . import test_tours_expense
