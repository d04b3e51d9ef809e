# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import hr_expense_post_wizard
