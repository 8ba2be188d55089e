"""The nine fields that every diff compares: those that the first corridor's agreement compares, but for the stage."""

FIELDS = (
    "name_latin",
    "birth_date",
    "occupation_isco",
    "area",
    "employer_ref",
    "wage_amount",
    "wage_currency",
    "contract_start",
    "contract_end",
)
