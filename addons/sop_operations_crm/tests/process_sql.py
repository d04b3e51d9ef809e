# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Lead to opportunity in plain SQL; see ``process_sql.py`` in the tests of ``sop_operations``."""

from odoo.addons.sop_operations.tests.process_sql import changes

CASES = {}
#: Parameters: company, first, last, target
FIGURES = {}
SNAPSHOTS = {"l2o_lead_age", "l2o_pipeline", "l2o_weighted"}

#: Those of no company are whoever's who looks; opportunities entered as such never were leads
OURS = "(company_id = %(company)s OR company_id IS NULL)"
LEADS = f"{OURS} AND (type = 'lead' OR date_conversion IS NOT NULL)"
OPPORTUNITIES = f"{OURS} AND type = 'opportunity'"
OPEN = "active AND won_status = 'pending'"


def cases(columns: str, condition: str) -> str:
    return f"""
        SELECT id, {columns}, 1 AS weight, expected_revenue AS money
          FROM crm_lead doc WHERE {condition}
    """


def number(day: str, condition: str) -> str:
    return cases(f"{day}::date AS day, NULL::date AS since, 1 AS value", condition)


def waiting(value: str, condition: str) -> str:
    return f"""
        SELECT id, NULL::date AS day, create_date::date AS since, {value} AS value, 1 AS weight,
               {value if "revenue" in value else "expected_revenue"} AS money
          FROM crm_lead WHERE {condition} AND {OPEN}
    """


CASES["l2o_leads"] = number("create_date", LEADS)
CASES["l2o_opportunities"] = number(
    "COALESCE(date_conversion, create_date)", OPPORTUNITIES
)
CASES["l2o_lost"] = number("date_closed", f"{OPPORTUNITIES} AND won_status = 'lost'")
CASES["l2o_conversion"] = cases(
    "create_date::date AS day, NULL::date AS since,"
    " CASE WHEN type = 'opportunity' THEN 1 ELSE 0 END AS value",
    LEADS,
)
CASES["l2o_response"] = f"""
    SELECT doc.id, answer.at::date AS day, doc.create_date::date AS since,
           CASE WHEN answer.at >= doc.create_date
                THEN extract(epoch FROM answer.at - doc.create_date) / 86400 END AS value,
           1 AS weight, doc.expected_revenue AS money
      FROM crm_lead doc
 LEFT JOIN (SELECT message.res_id, min(message.date) AS at
              FROM mail_message message
              JOIN mail_message_subtype kind ON kind.id = message.subtype_id
               AND kind.name->>'en_US' = 'Discussions'
             WHERE message.model = 'crm.lead'
               AND message.message_type IN ('comment', 'email_outgoing')
               AND message.author_id IN (SELECT partner_id FROM res_users WHERE NOT share)
          GROUP BY message.res_id) answer ON answer.res_id = doc.id
     WHERE {OURS} AND (answer.at IS NOT NULL OR {OPEN})
"""
CASES["l2o_lead_age"] = waiting("1", f"{OURS} AND type = 'lead'")
CASES["l2o_lead_to_opportunity"] = cases(
    """date_conversion::date AS day, create_date::date AS since,
       CASE WHEN date_conversion >= create_date
            THEN extract(epoch FROM date_conversion - create_date) / 86400 END AS value""",
    f"{LEADS} AND (date_conversion IS NOT NULL OR {OPEN})",
)
CASES["l2o_pipeline"] = waiting("expected_revenue", OPPORTUNITIES)
CASES["l2o_weighted"] = waiting("expected_revenue * probability / 100", OPPORTUNITIES)
CASES["l2o_win_rate"] = cases(
    "date_closed::date AS day, NULL::date AS since,"
    " CASE WHEN won_status = 'won' THEN 1 ELSE 0 END AS value",
    f"{OPPORTUNITIES} AND won_status IN ('won', 'lost')",
)
CASES["l2o_average_deal"] = cases(
    "date_closed::date AS day, NULL::date AS since, expected_revenue AS value",
    f"{OPPORTUNITIES} AND won_status = 'won'",
)
CASES["l2o_cycle"] = cases(
    """CASE WHEN won_status = 'won' THEN date_closed::date END AS day,
       create_date::date AS since,
       CASE WHEN date_closed >= create_date
            THEN extract(epoch FROM date_closed - create_date) / 86400 END AS value""",
    f"{OPPORTUNITIES} AND (won_status = 'won' OR {OPEN})",
)
CASES["l2o_reopened"] = cases(
    f"""create_date::date AS day, NULL::date AS since,
        CASE WHEN id IN (SELECT res_id FROM ({changes("crm.lead", "won_status")}) c
                          WHERE old_value_char IN ('Won', 'Lost')
                            AND new_value_char = 'Pending') THEN 1 ELSE 0 END AS value""",
    OPPORTUNITIES,
)

WON_SHARE = f"""
    (SELECT avg(CASE won_status WHEN 'won' THEN 1.0 ELSE 0.0 END) FROM crm_lead
      WHERE {OPPORTUNITIES} AND won_status IN ('won', 'lost')
        AND date_closed::date BETWEEN %(first)s AND %(last)s)
"""
WON = f"""
    FROM crm_lead WHERE {OPPORTUNITIES} AND won_status = 'won'
     AND date_closed::date BETWEEN %(first)s AND %(last)s
"""
PIPELINE = f"FROM crm_lead WHERE {OPPORTUNITIES} AND {OPEN}"

FIGURES["l2o_coverage"] = (
    f"SELECT 100 * sum(expected_revenue) / %(target)s::float {PIPELINE}"
)
FIGURES["l2o_needed"] = f"SELECT %(target)s::float / {WON_SHARE}"
FIGURES["l2o_velocity"] = f"""
    SELECT (SELECT count(*) {PIPELINE}) * {WON_SHARE} * (SELECT avg(expected_revenue) {WON})
           / (SELECT avg(extract(epoch FROM date_closed - create_date) / 86400) {WON})
"""
