# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import sop_process_demo, sop_process_metric
