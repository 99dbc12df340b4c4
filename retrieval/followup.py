"""Whether a question leans on the one before it: "how much is the fine?" after a question about overstaying."""

from __future__ import annotations

import re

from retrieval.lexical import fold

_SPACED_CUES = {
    "en": "it its that this they them those these there then and but also what about how much how long how many how often "
    "when where who which why what if else same instead otherwise so",
    "fr": "il elle ca cela ce ces y en et mais combien quand ou qui quel quelle quels quelles pourquoi si sinon alors aussi",
    "es": "eso esto ese esa lo la los y pero cuanto cuanta cuantos cuando donde quien cual cuales porque si entonces tambien",
    "ru": "это этого этот эта эти он она они его ее их там тогда а и но сколько когда где кто какой какая какие почему "
    "если иначе тоже как долго",
    "ar": "هذا هذه ذلك تلك هو هي هم و ثم كم متى اين من اي لماذا ماذا اذا ايضا وكم واين ومتى وماذا واذا كيف",
    "ko": "그 그럼 그러면 그거 그건 그게 이거 이건 이게 얼마 얼마나 언제 어디 어디서 누가 누구 몇 왜 만약 그리고 그런데 벌금은 기간은",
    "de": "es das dies diese dann und aber wie viel lange wann wo wer welche warum was wenn sonst auch",
    "pt": "isso isto ele ela e mas quanto quando onde quem qual quais se entao tambem",
    "it": "questo quello e ma quanto quando dove chi quale quali perche se allora anche",
    "vi": "no do nay the con va nhung bao nhieu bao lau khi nao o dau ai tai sao neu thi",
    "tr": "bu o bunu onu peki ve ama ne kadar zaman nerede kim hangi neden ya",
    "id": "itu ini dia lalu dan tapi berapa kapan di mana siapa yang kenapa kalau juga",
    "uk": "це цей ця ці він вона вони там тоді а і але скільки коли де хто який яка чому якщо",
    "hi": "यह वह इसका उसका और लेकिन कितना कितनी कितने कब कहाँ कहां कौन क्यों अगर तो",
    "fa": "این ان و اما چقدر چند کی کجا چه چرا اگر پس",
    "ur": "یہ وہ اور لیکن کتنا کتنی کتنے کب کہاں کون کیوں اگر تو",
}
_WORDS = {language: frozenset(fold(cues).split()) for language, cues in _SPACED_CUES.items()}
# Where the language is not known, only those of languages whose small words are not everyday words of another.
_ANY = frozenset().union(*(_WORDS[language] for language in ("en", "fr", "es", "ru", "ar", "ko")))

_UNSPACED_CUES = re.compile(
    "那|这|这样|它|他们|多少|多久|几天|几年|什么时候|哪里|哪儿|去哪|谁|为什么|如果|要是|还有|另外|呢|带什么|需要什么|时间|期限|限制|费用|怎么算|要钱|罚|材料|手续"
    "|それ|これ|その|この|じゃあ|では|いくら|いつ|どこ|誰|なぜ|もし|何日|何年|どのくらい|必要な|期限|費用|料金|罰金|書類"
    "|นั้น|นี้|แล้ว|เท่าไ|เมื่อไ|ที่ไหน|ใคร|ทำไม|ถ้า|กี่"
)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_RUN = re.compile(r"[\w\u0900-\u097f]+")  # a Hindi word's vowel signs are no letters to `re`


def length(text: str) -> float:
    """About how many words a text has; in scripts without blanks two characters count as one."""
    folded = fold(text)
    unspaced = len(_UNSPACED.findall(folded))
    return unspaced / 2 + len(_RUN.findall(_UNSPACED.sub(" ", folded)))


def leans(text: str, language: str | None = None) -> bool:
    """Whether a text is short and has a word that points back or asks for one detail only."""
    if length(text) > 9:
        return False
    folded = fold(text)
    words = _WORDS.get(language or "", _ANY)
    return bool(_UNSPACED_CUES.search(folded)) or any(word in words for word in _RUN.findall(folded))


def short(text: str) -> bool:
    """Whether a text is too short to be sure what it is about."""
    return length(text) <= 4
