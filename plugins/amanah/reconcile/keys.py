"""Keys: how a key value is made comparable, and what people call it."""

_BLANKS_AND_DASHES = r"[\s\p{Z}\p{Pd}]+"  # of every kind, non-breaking ones too
_ALREADY = "[0-9A-Z]*"  # many values are so, and need no more than a look
_PLAIN = "[0-9A-Za-z -]*"  # most of the others have no other characters, and are done five times as fast

_LABELS = {
    "contract_no": "contract number",
    "passport_no": "passport",
    "visa_no": "visa",
    "residence_no": "residence permit",
    "received_on": "received",
}

# How one key of one pair agrees, in the order of preference.
SAME, EARLIER_AT_A, EARLIER_AT_B = 0, 1, 2


def comparable(value: str) -> str:
    """SQL for the SQL expression ``value`` as it is compared: upper case, no blanks, no dashes; empty is null."""
    return (
        f"nullif(CASE WHEN regexp_full_match({value}, '{_ALREADY}') THEN {value}\n"
        f"  WHEN regexp_full_match({value}, '{_PLAIN}')\n"
        f"  THEN replace(replace(upper({value}), '-', ''), ' ', '')\n"
        f"  ELSE regexp_replace(upper({value}), '{_BLANKS_AND_DASHES}', '', 'g') END, '')"
    )


def label(field: str) -> str:
    """What an official calls ``field``."""
    return _LABELS.get(field, field.removesuffix("_no").replace("_", " "))


def phrase(field: str, how: int, *, we_are_a: bool) -> str:
    """Why key ``field`` links, as ``how`` says, told from our side."""
    if how == SAME:
        return f"same {label(field)}"
    ours_is_earlier = (how == EARLIER_AT_A) == we_are_a
    whose = "theirs is our earlier" if ours_is_earlier else "ours is their earlier"
    return f"same {label(field)} ({whose} {label(field)})"
