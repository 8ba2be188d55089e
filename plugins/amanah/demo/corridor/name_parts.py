"""What a name as a register shows it is made of: given names, family name, and the forefathers that a visa adds."""

from amanah.demo.corridor.names import CONNECTORS


def latin(name: object) -> dict[str, object]:
    """The parts of a name in Latin script; a passport without a family name prints the last word as one."""
    own, father, grandfather = _split(name)
    return {
        "surname_latin": own[-1] if own else None,
        "given_names_latin": " ".join(own[:-1]) or None,
        "father_name_latin": father,
        "grandfather_name_latin": grandfather,
    }


def arabic(name: object) -> dict[str, object]:
    """The parts of a name in Arabic script."""
    own, father, grandfather = _split(name)
    return {
        "given_name_arabic": " ".join(own[:-1] or own) or None,
        "father_name_arabic": father,
        "grandfather_name_arabic": grandfather,
        "family_name_arabic": own[-1] if own[1:] else None,
    }


def _split(name: object) -> tuple[list[str], str | None, str | None]:
    parts: list[list[str]] = [[]]
    for word in str(name or "").split():
        if word in CONNECTORS:
            parts.append([])
        else:
            parts[-1].append(word)
    forefathers = [" ".join(part) or None for part in parts[1:]] + [None, None]
    return parts[0], forefathers[0], forefathers[1]
