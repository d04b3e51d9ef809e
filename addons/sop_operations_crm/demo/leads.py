# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A year of leads of the anniversary conference: by two teams, from four sources.

Of each ten leads, six become opportunities and two are won; leads that nobody answers and an
opportunity that nobody has touched for four months are stuck.
"""

from __future__ import annotations

from datetime import timedelta

from odoo.addons.sop_operations.demo.past import Past

SOURCES = ("Website", "Newsletter", "Trade fair", "Referral")
LOST_REASONS = ("Too expensive", "No budget this year")

#: A lead every so many days since a year ago
LEADS = 48
EVERY = 7.5
# What becomes of leads, in turn. After the last days of the year they are still open
FATES = (
    *("won", "dead", "lost", "opportunity", "dead"),
    *("won", "lead", "lost", "won", "reopened"),
)
STILL_OPEN = 60
#: Older than that, nothing is undecided any more
DECIDED = 150
ENDS = {"opportunity": "lost", "reopened": "won", "lead": "dead"}
# Days until the answer, the opportunity, and the end, in turn
TO_ANSWER = (0.2, 1.1, 0.4, 2.5, 0.1)
TO_CONVERT = (4, 9, 2, 6)
TO_CLOSE = (24, 41, 33, 18, 52)
REVENUES = (2_400, 900, 3_600, 1_500, 5_000, 1_200)
#: What the teams are to sell in what is left; the pipeline is compared with it
TARGET = 30_000

PROSPECTS = ("Startup", "University", "Bank", "City office", "Software house")


class Leads(Past):
    """``load`` is to be called once, after the operations of the programme."""

    def load(self) -> None:
        self.teams = [self.team(name) for name in ("Tickets", "Sponsors")]
        self.sources = self.env["utm.source"].create(
            [{"name": name} for name in SOURCES]
        )
        self.reasons = self.env["crm.lost.reason"].create(
            [{"name": name} for name in LOST_REASONS]
        )
        leads = self.env["crm.lead"].create(
            [self.prepare_lead(number) for number in range(LEADS)]
        )
        dated = {}
        for number, lead in enumerate(leads):
            dated[lead] = self.live(lead, number)
        self.backdate(dated)
        self.write_messages()
        self.env.ref(
            "sop_operations_crm.sop_process_metric_l2o_coverage"
        ).target = TARGET

    def prepare_lead(self, number: int) -> dict:
        team = self.teams[number % 2]
        who = PROSPECTS[number % len(PROSPECTS)]
        return {
            "name": f"{who}: {'tickets' if number % 2 == 0 else 'sponsoring'}",
            "type": "lead",
            "partner_name": who,
            "company_id": self.company.id,
            "team_id": team.id,
            "user_id": team.user_id.id,
            "source_id": self.sources[number * 3 % 7 % len(self.sources)].id,
            "expected_revenue": REVENUES[number % len(REVENUES)],
        }

    def live(self, lead, number: int) -> dict:
        """What became of a lead; returns the moments of it."""
        asked = self.noon(self.ago((LEADS - number) * EVERY))
        fate = FATES[number % len(FATES)]
        age = (LEADS - number) * EVERY
        old = age > STILL_OPEN
        reopened = fate == "reopened" and old
        if age > DECIDED:
            fate = ENDS.get(fate, fate)
        dated = {"create_date": asked}
        if fate == "dead" and old:
            self.answer(lead, asked + timedelta(days=3))
            lead.action_set_lost(lost_reason_id=self.reasons[0].id)
            return {**dated, "date_closed": asked + timedelta(days=9)}
        if fate in ("lead", "dead"):
            return dated
        self.answer(lead, asked + timedelta(days=TO_ANSWER[number % len(TO_ANSWER)]))
        converted = asked + timedelta(days=TO_CONVERT[number % len(TO_CONVERT)])
        closed = converted + timedelta(days=TO_CLOSE[number % len(TO_CLOSE)])
        if converted > self.noon(self.today):
            return dated
        lead.convert_opportunity(self.env["res.partner"])
        dated["date_conversion"] = converted
        if fate in ("won", "lost") and closed <= self.noon(self.today):
            if fate == "won":
                lead.action_set_won()
            else:
                lead.action_set_lost(lost_reason_id=self.reasons[number % 2].id)
            dated["date_closed"] = closed
        if reopened:
            at = converted + timedelta(days=15)
            self.track(lead, "won_status", "lost", "pending", at)
        return dated

    def answer(self, lead, at) -> None:
        if at > self.noon(self.today):
            return
        self.messages.append(
            {
                "model": lead._name,
                "res_id": lead.id,
                "date": at,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "author_id": lead.user_id.partner_id.id,
                "body": "<p>Thank you for writing to us. When may we call you?</p>",
            }
        )
