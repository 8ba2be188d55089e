"""Invented people: Indonesian-sounding names put together from the lists below, never taken from a register."""

from dataclasses import dataclass
from random import Random

MONONYM_SHARE = 0.08
THREE_WORD_SHARE = 0.22
CONNECTORS = frozenset({"bin", "binti", "بن", "بنت"})

WOMEN = [
    "Wulandari",
    "Suryaningsih",
    "Handayani",
    "Kartikasari",
    "Rahmawati",
    "Nurhayati",
    "Purwanti",
    "Lestariningsih",
    "Fatimah",
    "Aisyah",
    "Khadijah",
    "Zainab",
    "Maryam",
    "Halimatus",
    "Khoiriyah",
    "Maimunah",
    "Rukmini",
    "Sulastri",
    "Sumiyati",
    "Winarsih",
    "Yuliastuti",
    "Ratnaningsih",
    "Mulyaningsih",
    "Endarwati",
    "Hartatik",
    "Istiqomah",
    "Juariyah",
    "Kusumawati",
    "Marlinda",
    "Ngatminah",
    "Oktaviani",
    "Puspitasari",
    "Qomariyah",
    "Rohmatun",
    "Sundariyah",
    "Tuminingsih",
    "Umiyatun",
    "Verawati",
    "Widyastuti",
    "Yatminah",
    "Zulaikha",
    "Darmiyati",
    "Gunarsih",
    "Sriwahyuni",
    "Paryatmi",
]
MEN = [
    "Muhammad",
    "Abdullah",
    "Ibrahim",
    "Ismail",
    "Yusuf",
    "Hidayatullah",
    "Sugiyanto",
    "Prasetyo",
    "Wibisono",
    "Kurniawan",
    "Supriyadi",
    "Hartanto",
    "Mulyadi",
    "Sutrisno",
    "Wijayanto",
    "Budiharjo",
    "Darmawan",
    "Endarto",
    "Firmansyah",
    "Gunardi",
    "Haryono",
    "Iskandar",
    "Joyowinoto",
    "Kusnadi",
    "Lukmanul",
    "Margono",
    "Nurdiansyah",
    "Pujiyanto",
    "Rachmadi",
    "Sudarmaji",
    "Tugiman",
    "Wartono",
    "Zulkifli",
    "Khairuddin",
    "Syamsuddin",
    "Ngadimin",
]
FAMILIES = [
    "Kartawijaya",
    "Suryaningrat",
    "Hadikusuma",
    "Wiratmaja",
    "Pranoto",
    "Sastrawinata",
    "Tirtayasa",
    "Natadiningrat",
    "Kusumaatmaja",
    "Djojohadi",
    "Harsoyudho",
    "Mangkusasmito",
    "Reksoprodjo",
    "Somadikarta",
    "Wangsadireja",
    "Adiwinangun",
    "Brotosewoyo",
    "Cokrowibowo",
    "Dwijayanto",
    "Gondosuwiryo",
    "Hardjomulyo",
    "Kertanegara",
    "Martowijoyo",
    "Notonegoro",
    "Poerwadinata",
    "Rangkayo",
    "Sosrodihardjo",
    "Tjitrosubono",
    "Wirjosandjojo",
    "Yudhaningrum",
    "Kramaleksana",
    "Lesmanawati",
    "Padmasutra",
    "Singawinata",
    "Tambunsari",
    "Wignyosubroto",
    "Zaenalarifin",
]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person: the words of the name, and the forefathers that a visa may add."""

    sex: str
    words: tuple[str, ...]
    father: str
    grandfather: str

    @property
    def name(self) -> str:
        """The name as the passport prints it."""
        return " ".join(self.words)

    def with_forefathers(self, generations: int) -> str:
        """The name with ``bin`` or ``binti`` and one or two ``generations`` of forefathers."""
        link = "binti" if self.sex == "F" else "bin"
        forefathers = [self.father, "bin", self.grandfather][: 2 * generations - 1]
        return " ".join([self.name, link, *forefathers])


def draw_person(rng: Random, sex: str) -> Person:
    """Draw a person of ``sex`` (``F`` or ``M``)."""
    given = WOMEN if sex == "F" else MEN
    kind = rng.random()
    first, second, family = rng.choice(given), rng.choice(given), rng.choice(FAMILIES)
    if kind < MONONYM_SHARE:
        words: tuple[str, ...] = (first,)
    elif kind < MONONYM_SHARE + THREE_WORD_SHARE and first != second:
        words = (first, second, family)
    else:
        words = (first, family)
    return Person(sex=sex, words=words, father=rng.choice(MEN), grandfather=rng.choice(MEN))


def parts(name: str) -> set[str]:
    """The words of ``name`` longer than three letters that point at a person."""
    return {word for word in name.split() if len(word) > 3 and word not in CONNECTORS}  # noqa: PLR2004
