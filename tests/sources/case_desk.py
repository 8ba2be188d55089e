"""Records of the made-up case desk, as its systems give them."""

HEADER = "no,changed,subject,received,state"


def a_case(no, changed="2026-07-02T00:00:00Z", **columns):
    return {"no": no, "changed": changed, "subject": "GAJI", "received": "2026-07-01", "state": 1} | columns


def a_page(*records, after=None):
    return (200, {}, {"records": list(records), "next": after})


def refs(rows):
    return [row.values["record_ref"] for row in rows]
