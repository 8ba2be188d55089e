"""Words that Indonesian names are made of, in Latin and Arabic letters, and ways in which they are written wrongly.

Written from general knowledge; no native reader has checked the Arabic. Rare words are put together from a beginning
and an ending (*War-tini*, *Kar-tini*), as many real ones are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Ints = np.ndarray

_COMMON = """
SITI:سيتي,ستي NUR:نور SRI:سري DEWI:ديوي RATNA:راتنا INDAH:إنداه,انداه FITRI:فطري,فيتري WAHYU:وحيو,واهيو
ENI:إيني,ايني YUNI:يوني RINA:رينا LINA:لينا TINI:تيني IDA:إيدا,ايدا TUTI:توتي NENENG:نينينج,نينينغ
AMINAH:أمينة,امينه AISYAH:عائشة,عايشه KHADIJAH:خديجة,خديجه FATIMAH:فاطمة,فاطمه MARYAM:مريم ZAENAB:زينب
HALIMAH:حليمة,حليمه ROHMAH:رحمة,رحمه SALMAH:سلمة,سلمى MUNAWAROH:منورة,منوره MASITOH:ماشطة,ماسيتوه
KHOTIMAH:خاتمة,خوتيمه ROFIAH:رفيعة,رفيعه NURHAYATI:نورحياتي,نور حياتي HIDAYAH:هداية,هدايه AZIZAH:عزيزة,عزيزه
JUBAEDAH:زبيدة,جبيدة MAEMUNAH:ميمونة,ميمونه SOLEHAH:صالحة,صالحه RUKMINI:روكميني KOMARIYAH:قمرية,كوماريه
MUHAMMAD:محمد AHMAD:أحمد,احمد ABDUL:عبد ALI:علي HASAN:حسن HUSEN:حسين YUSUF:يوسف IBRAHIM:إبراهيم,ابراهيم
ISMAIL:إسماعيل,اسماعيل UMAR:عمر USMAN:عثمان IDRIS:إدريس,ادريس ARIF:عارف RAHMAN:رحمن,الرحمن HAKIM:حكيم KARIM:كريم
BUDI:بودي AGUS:أغوس,اجوس JOKO:جوكو SLAMET:سلامت BAMBANG:بامبانج,بامبانغ EKO:إيكو,ايكو HENDRA:هندرا RUDI:رودي
"""
_BEGINNINGS = (
    "SU:سو WAR:وار KAR:كار MAR:مار SAR:سار TAR:تار DAS:داس RUS:روس JUM:جوم SUM:سوم SUP:سوب YUL:يول MUL:مول HAR:هار "
    "LIS:ليس NAR:نار TUR:تور KUS:كوس PUR:بور DAR:دار WIN:وين RAS:راس SAM:سام KAS:كاس MUR:مور"
)
_ENDINGS = (
    "TINI:تيني SITI:سيتي YATI:ياتي NINGSIH:نينغسيه,نينجسيه MIATI:مياتي INAH:ينة,ينه IYAH:ية,يه TIKA:تيكا WATI:واتي "
    "LINA:لينا YANI:ياني ANTI:انتي ASIH:اسيه INI:يني SEM:سيم KEM:كيم TO:تو NO:نو JO:جو DI:دي MAN:مان YONO:يونو"
)


@dataclass(frozen=True)
class Words:
    """``latin`` words, commonest first, and for each its writings in Arabic."""

    latin: tuple[str, ...]
    arabic: tuple[tuple[str, ...], ...]
    endings: int
    """How many words share each beginning: words ``n`` and ``n + endings`` differ in the beginning alone."""

    @cached_property
    def common(self) -> int:
        """How many of the words are no composed ones; these stand first."""
        return len(_COMMON.split())

    def draw(self, draw: np.random.Generator, count: int) -> Ints:
        """Numbers of words, some far more often than others (about Zipf's law)."""
        chances = 1 / (np.arange(len(self.latin)) + 6.0)
        return draw.choice(len(self.latin), count, p=chances / chances.sum())


def words() -> Words:
    """All words."""
    common, beginnings, endings = (_pairs(each) for each in (_COMMON, _BEGINNINGS, _ENDINGS))
    composed = [
        (begin + end, tuple(one + other for one in begins for other in ends))
        for begin, begins in beginnings
        for end, ends in endings
    ]
    latin, arabic = zip(*common, *composed, strict=True)
    return Words(latin, arabic, len(endings))


def _pairs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    entries = _entries(text)
    return [(latin, tuple(arabic.split(","))) for latin, arabic in entries]


def _entries(text: str) -> list[list[str]]:
    """``LATIN:ARABIC,ARABIC``, blank between entries; an Arabic writing may be two words."""
    entries: list[list[str]] = []
    for part in text.split():
        if ":" in part:
            entries.append(part.split(":"))
        else:
            entries[-1][1] += f" {part}"
    return entries


class Writings:
    """For each word several writings; the first is how it is usually written."""

    def __init__(self, writings: Sequence[Sequence[str]]) -> None:
        self._starts = np.cumsum([0, *map(len, writings)])
        self._flat = pa.array([writing for each in writings for writing in each])

    def take(self, word: Ints, which: Ints | int = 0) -> pa.Array:
        """Writing ``which`` (beyond the last it starts again) of each ``word``; null where the word is -1."""
        first, count = self._starts[word], self._starts[word + 1] - self._starts[word]
        place = first + which % np.maximum(count, 1)
        return self._flat.take(pa.array(place, mask=word < 0))

    def others(self, word: Ints, draw: np.random.Generator) -> Ints:
        """For each word the number of a writing other than the usual one, where it has one."""
        count = np.maximum(self._starts[word + 1] - self._starts[word], 1)
        return 1 + draw.integers(0, 1 << 30, len(word)) % np.maximum(count - 1, 1)


def written(vocabulary: Sequence[str], ways: Callable[[str], Sequence[str]]) -> Writings:
    """Each word as it is, and then what ``ways`` makes of it, each once."""
    return Writings([list(dict.fromkeys([word, *ways(word)])) for word in vocabulary])


def joined(parts: Sequence[pa.Array]) -> pa.Array:
    """Names of those of their parts that are there; null where none is."""
    text = pc.binary_join_element_wise(*parts, " ", null_handling="skip")
    return pc.if_else(pc.equal(text, ""), None, text)
