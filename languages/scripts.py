"""Which scripts a text is written in, and the letters that only one language of a script has."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\uff66-\uff9d]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")
_THAI = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\ufb50-\ufdff\ufe70-\ufefc]+")
_CYRILLIC = re.compile("[\u0400-\u052f]+")
_LATIN = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff]+")

JAPANESE_ONLY = frozenset(
    "亜悪圧囲隠栄営駅円塩縁応桜穏仮価壊懐絵拡殻覚楽渇缶巻陥勧寛関観帰気亀戯犠拠挙郷暁駆勲薫恵渓経継蛍軽鶏芸撃県倹剣険圏検権顕厳効広鉱黒済砕斎剤桟賛歯児実舎釈収従渋獣縦粛処焼証奨乗浄剰畳縄壌嬢譲醸図粋酔穂髄"
    "瀬斉摂専戦銭繊捜挿巣総騒増蔵臓続対帯滝択沢単団弾遅鋳庁聴勅逓鉄転伝稲闘徳読弐悩脳覇拝廃売発髪抜浜払仏併塀辺変舗豊満黙訳薬揺様謡頼覧竜両猟緑塁涙戻霊齢歴労録働込畑峠枠匂辻"
)
CHINESE_ONLY = frozenset("的了吗么们这怎谁没为对个会给让还吧呢哪您时说请问过书车东门见钱签证办护续违约赔费规认识设许调")
CHINESE_GRAMMAR = frozenset(
    "的了吗么们这怎谁没为会给让还吧呢哪您说请问过是不在我你他她有和与或及要能想被把从到多什经应可其所由后前，。、"
)
JAPANESE_WORDS = re.compile(
    "何[日年時月円歳回か]|家賃|敷金|礼金|賃貸|休暇|無料|在留[資許期]|立入|届出|手続|残業|欠席|就労|給料|賞与|更新料|免許|還付|控訴|弁護士"
    "|離婚届|婚姻届|返金|返品|警察署|未払|滞納|相談|避止|期限切|保証|身元|子供|罰則|面会"
)
URDU_ONLY = frozenset("ٹڈڑںےہھۓ")
PERSIAN_ONLY = frozenset("پچژگ")
ARABIC_ONLY = frozenset("ةىيكإأؤ")
FARSI_FORMS = frozenset("یک")
UKRAINIAN_ONLY = frozenset("іїєґ")
RUSSIAN_ONLY = frozenset("ыэёъ")
UKRAINIAN_SHAPE = re.compile(
    "[бвгджзклмнрстфхцчшщ](?:ати|ити|ути|яти|тися|ться)$|ння$|..(?:ав|ив|ув|яв)$|ськ|зьк|цьк|йо|ьо"
)
UKRAINIAN_APOSTROPHE = re.compile("[бвгджзклмнпрстфх]['’ʼ][яюєї]")
RUSSIAN_SHAPE = re.compile("[аеио]ние$|ение|тся$|ии$|ия$|ешь$|жно$")
VIETNAMESE_SYLLABLE = re.compile(
    "(?:ngh?|nh|gi|gh|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?"
    "(?:(?:uye|uo|ie|ye|uy|oa|oe|ua|ia|uu|[aeiouy])(?:ng|nh|ch|[cmnpt])|ieu|yeu|uoi|uou|oai|oay|uay|uya|uyu|uye|oeo|oao"
    "|ai|ao|au|ay|eo|eu|ia|iu|oa|oe|oi|ua|ue|ui|uo|uu|uy|[aeiouy])|ko|dc|k|ntn|vs|ng"
)
VIETNAMESE_ONLY = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")


@dataclass(frozen=True, slots=True)
class Scripts:
    """How much of each script a text has, counted in about words."""

    han: float
    kana: float
    hangul: float
    thai: float
    devanagari: float
    arabic: float
    cyrillic: float
    latin: float

    def most(self, latin: bool = True) -> tuple[str, float]:
        """The script with the most words; Han and kana together are one script. `latin`: whether it is one of them."""
        shares = {
            "cjk": self.han + self.kana,
            "hangul": self.hangul,
            "thai": self.thai,
            "devanagari": self.devanagari,
            "arabic": self.arabic,
            "cyrillic": self.cyrillic,
            "latin": self.latin if latin else 0.0,
        }
        name = max(shares, key=lambda key: shares[key])
        return name, shares[name]


def scripts_of(text: str, ignored_latin: frozenset[str] = frozenset()) -> Scripts:
    """Counts words of each script; single Latin letters and words in `ignored_latin` do not count."""
    return Scripts(
        han=len(_HAN.findall(text)) / 1.8,
        kana=len(_KANA.findall(text)) / 2.5,
        hangul=len(_HANGUL.findall(text)) / 2.2,
        thai=len(_THAI.findall(text)) / 4,
        devanagari=len(_DEVANAGARI.findall(text)) / 4,
        arabic=len(_ARABIC.findall(text)),
        cyrillic=len(_CYRILLIC.findall(text)),
        latin=sum(len(word) > 1 and word.lower() not in ignored_latin for word in _LATIN.findall(text)),
    )


def latin_words(text: str) -> list[str]:
    """The words in Latin letters, lower case."""
    return [word.lower() for word in _LATIN.findall(text)]


def count_kana(text: str) -> int:
    """How many characters are kana."""
    return len(_KANA.findall(text))


def strip_marks(word: str) -> str:
    """A word in Latin letters without its accents."""
    decomposed = unicodedata.normalize("NFD", word)
    return (
        "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        .replace("ı", "i")
        .replace("đ", "d")
    )
