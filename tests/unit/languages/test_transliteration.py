"""What people really type: languages in Latin letters, mixed scripts, single words, emoji and numbers."""

from __future__ import annotations

import pytest

from languages import romanised
from languages.identify import LANGUAGES, Identifier

TYPED = """
hi | mera landlord deposit wapas nahi kar raha
hi | visa extend kaise karein
hi | kya student part time kaam kar sakta hai
hi | boss ne teen mahine se salary nahi di
hi | passport kho gaya ab kya karun
hi | mujhe naukri se nikal diya gaya hai
hi | police ne mujhe pakda, meri madad karo
hi | talaq lena hai, bacha kiske paas rahega
hi | overstay ka fine kitna hai
hi | ghar ka registration kahan hota hai
hi | Dhanyavaad, mujhe kanooni sahayata chahiye
hi | company contract sign karne ke baad salary kam kar rahi hai
ur | shukriya, mujhe kuch maloomat chahiye
ur | tankhwah nahi mili, muqadma kaise karun
ur | iqama khatam ho gaya hai, kitna jurmana parega
ur | mere shohar ne talaq de di hai
ur | malik makan paisay wapas nahi kar raha, qanoon kya kehta hai
ur | visa ki mudat kaise barhaen, darkhast kahan deni hai
ur | mera landlord deposit wapas nahi kar raha | ur
ur | kya student part time kaam kar sakta hai | ur
hi | tankhwah nahi mili | hi
ar | 3andi moshkela ma3 el kafil
ar | kayfa ujaddid al iqama
ar | sa7eb el beit mish 3ayez yraga3 el ta2min
ar | ana fel sin w el visa khalset, a3mel eh
ar | el mudir ma 3am yedfa3 el rateb
ar | wein lazem sajjel 3enwani
ar | kam el gharama law t2akhart
ar | bghit njaded visa dyali fach nmchi
ar | 3afak kifach ndir bach njaded la carte de sejour
ar | hal yumkinuni al 3amal wa ana talib
ar | shu lazem a3mel iza daya3t jawaz el safar
ar | ayna al safara min fadlak
fa | mikham vizam ro tamdid konam
fa | sahebkhane poolamo pas nemide, chikar konam
fa | karfarma hoghoogham ro nadade
fa | chetor mitoonam talagh begiram
fa | pasportam gom shode, koja bayad beram
fa | daneshju mitune kar kone?
fa | jarime overstay cheghadre
fa | az kar ekhraj shodam che konam
zh | wo de qianzheng guoqi le zenme ban
zh | fangdong bu tui yajin zenmeban
zh | laoban bu fa gongzi
zh | wǒ de hùzhào diū le
zh | wo3 yao4 xu4 qian1
zh | qing wen nali keyi ban juliu xuke
zh | wo xiang lihun, haizi gei shei
zh | gongsi ba wo kaichu le, you meiyou buchang
vi | chu nha khong tra tien coc
vi | toi bi mat ho chieu phai lam sao
vi | gia han visa nhu the nao
vi | sep no luong 2 thang roi
vi | dang ky tam tru o dau
vi | sinh vien co duoc di lam them khong
vi | toi muon ly hon voi chong
vi | bi tai nan giao thong thi goi ai
fr | mon proprietaire ne me rend pas la caution
fr | ou est ce que je dois m enregistrer
fr | on m a vole mon passeport a la gare
fr | est ce que je peux travailler en tant qu etudiant
fr | j ai depasse la duree de mon visa que faire
fr | ca coute combien le divorce
ru | hozyain ne otdaet zalog, chto delat
ru | kak prodlit vizu v kitae
ja | watashi no biza wa itsu made desu ka
en | landlord deposit problem, he is hiding
en | main problem is the law in China
en | i need help with my hukou and shebao
en | the kafil won't give me my iqama
en | Can women work in this company
en | no he can wait at the bank
en | I have 3 days left, 2nd visa, h1b and 5G phone
en | 90 days visa free or 30 days?
en | covid19 vaccine at b2b company 7days
de | Ich habe mein Visum um 3 Tage überzogen
de | mein Chef hat mir gekündigt
id | kalau saya kena tilang, ke mana harus bayar
tr | kira sozlesmemi erken bitirmek istiyorum
tr | is yerim maasimi odemedi ne yapmaliyim
es | me robaron el pasaporte en el metro
pt | me roubaram o passaporte no metro
it | mi hanno rubato il passaporto in metro
zh | 我的 landlord 不退 deposit 怎么办
zh | residence permit 过期了
en | what does 定金 mean
en | my 房东 says no 押金 back
es | diferencia entre 订金 y 定金
fr | c'est quoi le 暂住证
en | how do i say 'I was robbed' in 中文
ko | landlord가 deposit을 안 줘요
ko | visa 연장 어디서 해요
ja | landlordがdepositを返さない
hi | landlord deposit return नहीं कर रहा
hi | मेरा work permit expire हो गया
th | deposit ไม่คืน ทำยังไง
ar | كيف اعمل renew للـ residence permit
ar | الـ landlord لا يرجع deposit
ru | мой landlord не вернул deposit
ru | как сделать work permit
uk | як отримати work permit
fa | ویزای work من تمام شده
ur | میرا work permit ختم ہو گیا ہے
en | help me please 🙏🙏 my boss did not pay 😭
es | 😡 mi jefe no me paga 💸
zh | 押金不退 😭
- | 👍
- | 110
- | 110 119 120
- | ok ok 👌
- | +86 138 0000 0000
- | visa ok?
- | wechat pay
- | fapiao
- | paichusuo
- | renmin tiaojie
- | zuidi gongzi
- | A1
- | ...
ko | 집주인이 연락을 안 받아요
ko | 월급이 세 달째 밀렸어요 ㅠㅠ
ja | 会社が残業代を払ってくれない
ja | 上海 賃貸 敷金 返金
ja | 家賃 滞納 何日
zh | 上海租房押金几个月
zh | 生病住院被公司解雇
zh | 在住处被打了
ru | можно ли работать студенту
ru | без договора выгнали из квартиры
uk | можна на шефа одразу в суд?
uk | мою машину забрав евакуатор, куди дзвонити
uk | обов'язки орендаря
uk | сказали платити податок ще раз, чи законно
ar | عندي مشكلة مع الكفيل
ar | ليش ما دفعوا الراتب
ar | وين لازم اسجل عنوان البيت
fa | حقوق من را نداده‌اند
fa | میتونم با ویزای تحصیلی کار کنم؟
fa | صاحبخونه پولمو پس نمیده
ur | تنخواہ تین مہینے سے نہیں ملی
ur | پاسپورٹ گم ہو گیا ہے
th | นายจ้างยึดพาสปอร์ต
th | วีซ่าหมดอายุทำยังไงดี
hi | मेरा पासपोर्ट खो गया
de | wie lange darf ich ohne visum bleiben
de | darf der vermieter einfach in meine wohnung kommen
it | il padrone di casa non mi ridà la caparra
it | ho perso il passaporto, che faccio
pt | perdi meu passaporte, o que faço
pt | o patrão não paga as horas extras
es | ¿qué hago si perdí el pasaporte?
es | el dueño me quiere echar del piso
tr | pasaportumu kaybettim ne yapmalıyım
tr | ev sahibim beni cikarmak istiyor
id | paspor saya hilang gimana dong
id | bos gak bayar lembur
vi | tôi bị mất hộ chiếu
vi | Chủ nhà không trả cọc, giờ làm sao?
vi | sếp nợ lương 2 tháng rồi
en | lost wages after accident
en | how long can i stay without a visa
en | is it legal to hold my passport
fr | perdu mon passeport, que faire
fr | il me faut quoi pour le permis de sejour
"""

NEUTRAL = (
    "ok", "OK!", "visa", "110", "120", "hello", "hi", "passport", "police", "wechat", "Alipay 200", "deposit", "fapiao", "yajin", "hukou",
    "no", "si", "yes", "thanks", "merci", "👍", "😭😭", "?", "Q1", "Z", "2026-11-22", "+86 138 0000 0000", "¥3000", "taxi", "H1B",
)  # fmt: skip


def _cases(table: str) -> list[tuple[str, str, str | None]]:
    rows = [line.split(" | ") for line in table.strip().splitlines()]
    return [(row[0], row[1], row[2] if len(row) > 2 else None) for row in rows]


CASES = _cases(TYPED)


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    return Identifier()


@pytest.mark.parametrize(("language", "text", "hint"), CASES)
def test_a_message_as_people_type_it(identifier: Identifier, language: str, text: str, hint: str | None) -> None:
    """Its language is found; "-" says nothing."""
    assert identifier.identify(text, hint)[0] == (None if language == "-" else language)


def test_the_table_covers_every_language() -> None:
    """All nineteen, and enough of them to mean something."""
    assert {language for language, *_ in CASES} == {*LANGUAGES, "-"}
    assert len(CASES) >= 120


@pytest.mark.parametrize("hint", LANGUAGES)
def test_a_word_said_everywhere_never_turns_the_conversation(identifier: Identifier, hint: str) -> None:
    """Whatever the language so far, these keep it."""
    assert {text: identifier.identify(text, hint)[0] for text in NEUTRAL} == dict.fromkeys(NEUTRAL, hint)


@pytest.mark.parametrize("text", [text for text in NEUTRAL if text != "deposit"])
def test_without_a_conversation_such_a_word_is_unknown(identifier: Identifier, text: str) -> None:
    """Nobody guesses a language from "visa"."""
    assert identifier.identify(text) == (None, 0.0)


@pytest.mark.parametrize("hint", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["contract", "Kaution", "multa", "loyer", "gaji", "kira", "visto", "shukriya", "fangdong", "spasibo"]
)
def test_one_word_in_latin_letters_keeps_the_language_so_far(identifier: Identifier, text: str, hint: str) -> None:
    """A single word may be a term or a name: the next sentence tells."""
    assert identifier.identify(text, hint)[0] == hint


@pytest.mark.parametrize("hint", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "language"), [("비자", "ko"), ("วีซ่า", "th"), ("वीज़ा", "hi"), ("签证", "zh"), ("ビザ", "ja")]
)
def test_one_word_in_the_script_of_one_language_tells_it(
    identifier: Identifier, text: str, language: str, hint: str
) -> None:
    """Whatever was spoken before."""
    assert identifier.identify(text, hint)[0] == language


@pytest.mark.parametrize("hint", ["hi", "ur"])
@pytest.mark.parametrize(
    "text",
    ["part time allowed", "landlord deposit refund", "visa renewal documents", "salary late", "company penalty 20000"],
)
def test_english_terms_do_not_end_a_conversation_in_hindi_or_urdu(identifier: Identifier, text: str, hint: str) -> None:
    """Both are typed with many English words."""
    assert identifier.identify(text, hint)[0] == hint


@pytest.mark.parametrize("hint", ["hi", "ur", "ko", "ar", "zh"])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my landlord does not want to give me the deposit back", "en"),
        ("mon patron ne me paie pas depuis deux mois", "fr"),
        ("saya belum dibayar oleh bos saya", "id"),
    ],
)
def test_a_whole_sentence_does_change_the_language(identifier: Identifier, text: str, language: str, hint: str) -> None:
    """Who goes on in another language is heard, also from another script."""
    assert identifier.identify(text, hint)[0] == language


@pytest.mark.parametrize("word", ["qianzheng", "fangdong", "wo3", "juliu", "zhuang", "xiong", "er"])
def test_pinyin_is_read_in_syllables(word: str) -> None:
    """With or without tone numbers."""
    assert romanised.is_pinyin(word)


@pytest.mark.parametrize("word", ["landlord", "deposit", "visa", "khong", "fiang", "xo", "the", "hai2b"])
def test_other_words_are_no_pinyin(word: str) -> None:
    """One letter that fits no syllable is enough."""
    assert not romanised.is_pinyin(word)


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("kya visa milega", None, "hi"),
        ("kya visa milega", "ur", "ur"),
        ("kya visa milega", "hi", "hi"),
        ("shukriya, maloomat ke liye", "hi", "ur"),
        ("dhanyavaad, jankari dene ke liye", "ur", "hi"),
    ],
)
def test_hindi_and_urdu_are_told_by_their_own_words_then_by_the_hint(
    text: str, hint: str | None, language: str
) -> None:
    """They share the words of everyday life."""
    assert romanised.hindi_or_urdu(romanised.tokens(text), hint) == language
