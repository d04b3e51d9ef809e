# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import test_proposal
from . import test_engine_control
from . import test_control
from . import test_control_concurrency
from . import test_control_speed
