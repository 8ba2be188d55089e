"""What workers complain about, how, and how it is handled: weights and spans for drawing complaints.

Weights of the first half of 2024 are the published counts (764 complaints: 136 want to go home, 85 unpaid wages, 61
deportation or repatriation, 45 failed departure, 41 deaths, 32 job fraud). The other kinds share the rest in
proportions that are our estimate.
"""

UNREGISTERED = {
    "wants_to_go_home": 136,
    "wages_unpaid": 85,
    "repatriation": 61,
    "failed_departure": 45,
    "death": 41,
    "job_fraud": 32,
    "undocumented": 60,
    "overstay": 50,
    "sick": 45,
    "trafficking": 40,
    "lost_contact": 35,
    "illegal_recruitment": 35,
    "detained": 30,
    "violence_by_employer": 20,
    "ran_away": 20,
    "documents_withheld": 15,
    "other": 14,
}
REGISTERED = {  # of a worker who arrived; deaths are not drawn, they follow from the placement
    "wants_to_go_home": 136,
    "wages_unpaid": 85,
    "repatriation": 61,
    "work_not_as_contracted": 50,
    "sick": 45,
    "contract_ended_early": 40,
    "excess_deduction": 30,
    "documents_withheld": 25,
    "violence_by_employer": 20,
    "lost_contact": 20,
    "overcharging": 10,
    "placement_cost_over_structure": 10,
    "no_fare_home": 15,
    "accident": 12,
    "social_security": 10,
    "detained": 8,
    "not_sent_home": 6,
    "other": 14,
}
CHANNELS = {"telephone": 30, "social_media": 25, "in_person": 20, "email": 10, "sms": 7, "letter": 5, "other": 3}
EMERGENCIES = frozenset({"death", "violence_by_employer", "trafficking"})
URGENT = frozenset({"wages_unpaid", "sick", "accident", "documents_withheld", "lost_contact", "detained", "ran_away"})
HANDLING_DAYS = {"in_review": (2, 10), "mediation": (7, 30)}  # days after the stage before
CLOSING_DAYS = (15, 120)  # days after that
CLOSINGS = {
    "resolved": 66,
    "closed_unresolved": 15,
    "withdrawn": 5,
    "": 14,
}  # 66 % closed is published for 2019; "": stays open

REPORTERS = ("worker",) * 6 + ("family",) * 2 + ("mission", "agency", "employer", "organisation")
REPORTERS_OF_DEATH = ("family", "mission", "employer", "authority")
MONEY = frozenset(  # something is claimed
    {"wages_unpaid", "excess_deduction", "overcharging", "placement_cost_over_structure", "no_fare_home"}
)
HAS_COMPANION = 0.2  # of the complaints of a kind that seldom comes alone
COMPANIONS = {
    "wages_unpaid": ("excess_deduction", "wants_to_go_home", "documents_withheld"),
    "work_not_as_contracted": ("wages_unpaid", "wants_to_go_home"),
    "violence_by_employer": ("wants_to_go_home", "documents_withheld"),
    "trafficking": ("illegal_recruitment", "documents_withheld"),
    "undocumented": ("overstay",),
    "overstay": ("no_fare_home", "undocumented"),
    "contract_ended_early": ("no_fare_home", "wages_unpaid"),
    "job_fraud": ("overcharging",),
}
# What the desks find, by kind of complaint; a kind that is not listed shows none of it.
INDICATORS = {
    "wages_unpaid": ("wages_withheld",),
    "excess_deduction": ("wages_withheld",),
    "documents_withheld": ("documents_withheld",),
    "work_not_as_contracted": ("deception", "excessive_overtime"),
    "violence_by_employer": ("violence", "intimidation"),
    "lost_contact": ("isolation", "restriction_of_movement"),
    "overcharging": ("debt_bondage",),
    "placement_cost_over_structure": ("debt_bondage",),
    "job_fraud": ("deception",),
    "illegal_recruitment": ("abuse_of_vulnerability", "deception"),
    "trafficking": ("abuse_of_vulnerability", "deception", "restriction_of_movement"),
}
CONTROL = {
    "documents_withheld": ("withholds_documents",),
    "violence_by_employer": ("physical_threats", "physical_abuse"),
    "overcharging": ("debt_bondage",),
    "placement_cost_over_structure": ("debt_bondage",),
    "trafficking": ("false_promises", "takes_earnings"),
}
EXPLOITATION = {"trafficking": ("forced_labour",)}
OUTCOMES = {
    "resolved": ("settled", "transferred", "sent_home", "sent_home", "referred"),
    "closed_unresolved": ("unfounded", "unreachable", "referred_to_court", "referred", "other"),
    "withdrawn": ("withdrawn",),
}


def urgency_of(kind: str) -> str:
    """How soon somebody has to act on a complaint of ``kind``."""
    if kind in EMERGENCIES:
        return "emergency"
    return "urgent" if kind in URGENT else "routine"
