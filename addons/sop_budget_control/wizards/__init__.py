# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import account_move_reversal
from . import sop_approval_decide
from . import sop_proposal_appraise
from . import sop_proposal_decision
from . import sop_proposal_grant
from . import sop_control_help
from . import sop_budget_carry_forward
from . import sop_budget_extend
from . import version_change_words
from . import sop_budget_version_change
from . import sop_budget_version_compare
from . import sop_budget_version_save
