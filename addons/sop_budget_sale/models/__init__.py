# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import sale_order_line
from . import sale_order
from . import sop_budget
