# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import test_proposal
from . import test_engine_control
from . import test_control
from . import test_control_concurrency
from . import test_control_speed
from . import test_engine_release
from . import test_engine_transfer
from . import test_transfer
from . import test_transfer_concurrency
from . import test_grants
from . import test_engine_approval
from . import test_approval
