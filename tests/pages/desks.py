"""Who works on the pages of the tests, and which cases there are."""

RIYADH, JEDDAH = "attache.riyadh@kp2mi.example", "attache.jeddah@kp2mi.example"
PROTECTION = "protection.desk@kp2mi.example"
PEOPLE = {
    "desks": {RIYADH: {"language": "id"}},
    "people": {
        "siti": {"role": "official", "desks": [RIYADH, PROTECTION], "language": "en"},
        "dewi": {"role": "official", "desks": [JEDDAH], "language": "id"},
        "budi": {"role": "supervisor", "desks": [RIYADH, JEDDAH], "language": "en"},
        "ani": {"role": "auditor", "language": "en"},
        "eko": {"role": "engineer", "language": "en"},
        "tono": {"role": "task_force", "language": "en"},
    },
}
HOSTILE = "<script>alert(1)</script> \u0645"
WAGE, STAGE, THEIRS_ONLY, DANGER = (f"{number:016x}" for number in (0xA1, 0xA2, 0xA3, 0xA4))
FIRST, SECOND, THIRD = (f"IDN-SAU-placement-{number:06d}" for number in (1, 2, 3))
LOST_AFTER = "SAU-IDN-complaint-000002"
