"""Language identification: golden cases in nineteen languages, and what says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from languages.identify import LANGUAGES, Identifier
from languages.words import PINYIN

GOLDEN = {
    "zh": [
        "房东不退押金怎么办",
        "签证过期了",
        "我的visa过期了怎么办",
        "工资没发",
        "离婚",
        "被公司辞退有补偿吗",
        "在哪里办居留许可",
        "香港驾照能用吗",
        "fapiao是什么",
    ],
    "en": [
        "my landlord wont give me my deposit back",
        "how much is the fine",
        "visa expired what do i do",
        "can i work part time as a student",
        "they fired me",
        "where do i register",
        "my boss hasn't paid me",
        "is overtime paid",
        "landlord keeping my yajin",
    ],
    "ja": [
        "ビザの更新はどうすればいいですか",
        "押金を返してくれません",
        "会社を解雇されました",
        "残業代の計算 休日",
        "在留許可の期限",
        "離婚の手続き",
        "交通事故にあった",
        "大家の義務 外国人登録",
    ],
    "ko": [
        "비자 연장은 어떻게 하나요",
        "보증금을 안 돌려줘요",
        "월급을 못 받았어요",
        "계약금(定金) 돌려받기",
        "이혼하고 싶어요",
        "벌금 얼마예요",
        "해고당했어요",
        "fapiao가 뭐예요",
    ],
    "fr": [
        "mon propriétaire ne rend pas la caution",
        "mon patron ne me paie pas",
        "comment prolonger mon visa",
        "combien coute l'amende",
        "je veux divorcer",
        "puis-je travailler avec un visa etudiant",
        "on m'a licencié",
        "ou dois-je m'enregistrer",
    ],
    "es": [
        "el casero no me devuelve el deposito",
        "cuanto es la multa",
        "mi jefe no me paga",
        "como renuevo mi visa",
        "me despidieron del trabajo",
        "donde me registro",
        "quiero divorciarme",
        "puedo trabajar con visa de estudiante",
    ],
    "ru": [
        "хозяин не возвращает залог",
        "как продлить визу",
        "меня уволили",
        "какой штраф",
        "где зарегистрироваться",
        "хочу развестись",
        "не платят зарплату",
        "как получить вид на жительство",
    ],
    "ar": [
        "صاحب البيت لا يرجع التأمين",
        "كيف أجدد الإقامة",
        "كم الغرامة",
        "لم يدفعوا راتبي",
        "أريد الطلاق",
        "أين أسجل عنواني",
        "طردوني من العمل",
        "هل أحتاج تأشيرة",
    ],
    "de": [
        "Mein Vermieter zahlt die Kaution nicht zurück",
        "Wie verlängere ich mein Visum",
        "Ich wurde entlassen",
        "Wie hoch ist die Strafe",
        "Wo muss ich mich anmelden",
        "Mein Chef zahlt nicht",
        "Ich will mich scheiden lassen",
        "Darf ich als Student arbeiten",
    ],
    "pt": [
        "o senhorio não devolve o depósito",
        "como renovo o meu visto",
        "fui demitido sem aviso",
        "quanto é a multa de trânsito",
        "onde devo me registrar",
        "meu chefe não me paga",
        "quero me divorciar",
        "posso trabalhar como estudante",
    ],
    "vi": [
        "chủ nhà không trả tiền cọc",
        "gia hạn visa như thế nào",
        "tôi bị sa thải",
        "phạt bao nhiêu tiền",
        "đăng ký tạm trú ở đâu",
        "sếp không trả lương",
        "tôi muốn ly hôn",
        "sinh viên có được đi làm không",
    ],
    "it": [
        "il proprietario non restituisce la cauzione",
        "come rinnovo il visto",
        "sono stato licenziato",
        "quanto è la multa",
        "dove devo registrarmi",
        "il mio capo non mi paga",
        "voglio divorziare",
        "posso lavorare come studente",
    ],
    "tr": [
        "ev sahibi depozitoyu geri vermiyor",
        "vizemi nasıl uzatırım",
        "işten çıkarıldım",
        "ceza ne kadar",
        "nereye kayıt olmalıyım",
        "patronum maaşımı ödemiyor",
        "boşanmak istiyorum",
        "öğrenci olarak çalışabilir miyim",
    ],
    "id": [
        "pemilik rumah tidak mengembalikan deposit",
        "bagaimana memperpanjang visa",
        "saya dipecat",
        "berapa dendanya",
        "di mana saya harus mendaftar",
        "bos tidak membayar gaji saya",
        "saya mau cerai",
        "bolehkah mahasiswa bekerja",
    ],
    "hi": [
        "मकान मालिक जमा राशि वापस नहीं कर रहा",
        "वीज़ा कैसे बढ़ाएं",
        "मुझे नौकरी से निकाल दिया",
        "जुर्माना कितना है",
        "पंजीकरण कहाँ करें",
        "वेतन नहीं मिला",
        "तलाक चाहिए",
        "क्या छात्र काम कर सकते हैं",
    ],
    "th": [
        "เจ้าของบ้านไม่คืนเงินมัดจำ",
        "ต่อวีซ่าอย่างไร",
        "ถูกไล่ออก",
        "ค่าปรับเท่าไหร่",
        "ลงทะเบียนที่ไหน",
        "นายจ้างไม่จ่ายเงินเดือน",
        "อยากหย่า",
        "นักเรียนทำงานได้ไหม",
    ],
    "fa": [
        "صاحبخانه پول پیش را پس نمی‌دهد",
        "چطور ویزا را تمدید کنم",
        "اخراج شدم چه کار کنم",
        "جریمه چقدر است",
        "کجا باید ثبت نام کنم",
        "کارفرما حقوق نمی‌دهد",
        "می‌خواهم طلاق بگیرم",
        "آیا دانشجو می‌تواند کار کند",
    ],
    "uk": [
        "господар не повертає заставу",
        "як продовжити візу",
        "мене звільнили з роботи",
        "який штраф за це",
        "де зареєструватися іноземцю",
        "не платять зарплату вже місяць",
        "хочу розлучитися з чоловіком",
        "чи можна працювати студенту",
    ],
    "ur": [
        "مالک مکان ڈپازٹ واپس نہیں کر رہا",
        "ویزا کیسے بڑھائیں",
        "مجھے نوکری سے نکال دیا",
        "جرمانہ کتنا ہے",
        "رجسٹریشن کہاں ہوتی ہے",
        "تنخواہ نہیں ملی",
        "طلاق چاہیے",
        "کیا طالب علم کام کر سکتے ہیں",
    ],
}

SAYS_NOTHING = [
    "ok",
    "OK!",
    "visa",
    "hello",
    "hotel",
    "WeChat",
    "12345",
    "2026-11-21",
    "😀😀",
    "",
    "   ",
    "?!",
    "https://example.org/fr/page",
    "merci",
    "Alipay 200",
    "x",
]


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    return Identifier()


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_questions_of_every_language_are_told(identifier: Identifier, language: str) -> None:
    """Eight questions as people type them: at most one is not sure, and none is taken for another language."""
    assert len(GOLDEN[language]) >= 8
    found = [identifier.identify(text)[0] for text in GOLDEN[language]]
    assert set(found) <= {language, None}
    assert found.count(None) <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hint_of_another_language_does_not_hide_a_clear_text(identifier: Identifier, language: str) -> None:
    """Who changes the language in the middle of a conversation is heard."""
    hint = "fr" if language != "fr" else "en"
    text = max(GOLDEN[language], key=len)
    assert identifier.identify(text, hint)[0] == language


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_what_says_nothing_keeps_the_language_so_far(identifier: Identifier, text: str) -> None:
    """Without a hint it is unknown, with one it is the hint; never a guess."""
    assert identifier.identify(text) == (None, 0.0)
    assert identifier.identify(text, "fr")[0] == "fr"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("difference between 订金 and 定金", "en"),
        ("landlord wants yajin and shouxufei from me", "en"),
        ("mon proprietaire refuse de me donner un fapiao pour le loyer", "fr"),
        ("请问 work permit 和 residence permit 有什么区别", "zh"),
        ("계약금(定金)을 돌려받고 싶어요", "ko"),
        ("居留許可(residence permit)の更新", "ja"),
        ("как получить 居留许可 в Китае", "ru"),
    ],
)
def test_a_term_from_another_language_does_not_turn_the_text(identifier: Identifier, text: str, language: str) -> None:
    """Chinese terms, pinyin and English names stay inside the language around them."""
    assert identifier.identify(text)[0] == language


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("住所変更", "ja", "ja"),
        ("在留資格", "ja", "ja"),
        ("续签", "ja", "zh"),
        ("multa", "es", "es"),
        ("visado", "es", "es"),
    ],
)
def test_a_hint_decides_where_the_text_could_be_either(
    identifier: Identifier, text: str, hint: str, language: str
) -> None:
    """Characters that Chinese and Japanese share follow the conversation; simplified ones are Chinese all the same."""
    assert identifier.identify(text, hint)[0] == language


def test_an_unknown_hint_is_no_hint(identifier: Identifier) -> None:
    """Only our nineteen languages come out."""
    assert identifier.identify("ok", "xx") == (None, 0.0)


@given(st.text(max_size=300), st.sampled_from([None, *LANGUAGES]))
def test_any_text_gives_one_of_ours_or_unknown(text: str, hint: str | None) -> None:
    """No text breaks it, the confidence is a probability, and an unknown language has little of it."""
    language, sure = _shared().identify(text, hint)
    assert language in {None, *LANGUAGES}
    assert 0 <= sure <= 1
    if language is None:
        assert sure < 0.5


@given(st.lists(st.sampled_from(sorted(PINYIN)), min_size=1, max_size=4))
def test_pinyin_alone_says_nothing(words: list[str]) -> None:
    """Chinese terms in Latin letters tell no language."""
    assert _shared().identify(" ".join(words)) == (None, 0.0)


_cache: list[Identifier] = []


def _shared() -> Identifier:
    if not _cache:
        _cache.append(Identifier())
    return _cache[0]
