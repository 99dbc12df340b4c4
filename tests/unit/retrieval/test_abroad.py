"""Another country named in a question, in nineteen languages."""

from __future__ import annotations

import pytest

from retrieval.abroad import abroad, names_country

ELSEWHERE = [
    ("en", "how long is paternity leave in Sweden?"),
    ("en", "rent a bike in amsterdam"),
    ("en", "lawyer salary usa"),
    ("zh", "在德国怎么报税"),
    ("zh", "迪拜工作签证要什么条件"),
    ("ja", "ドイツの確定申告のやり方"),
    ("ja", "タイのビザの取り方"),
    ("ko", "독일에서 세금 신고하는 법"),
    ("fr", "congé paternité en suède"),
    ("fr", "salaire d'un avocat aux usa"),
    ("es", "declaracion de impuestos en alemania"),
    ("ru", "отпуск для отцов в швеции"),
    ("ru", "виза в новую зеландию"),
    ("ar", "الإقرار الضريبي في ألمانيا"),
    ("ar", "السن القانوني للشرب بفرنسا"),
    ("de", "elternzeit für väter in schweden"),
    ("pt", "trabalhar na alemanha"),
    ("vi", "khai thuế ở đức"),
    ("vi", "o my bao nhieu tuoi duoc uong ruou"),
    ("it", "dichiarazione dei redditi in germania"),
    ("tr", "almanyada vergi iadesi"),
    ("tr", "amsterdamda bisiklet kiralamak"),
    ("tr", "İsveç'te babalık izni"),
    ("id", "lapor pajak di jerman"),
    ("hi", "जर्मनी में टैक्स रिटर्न कैसे भरें"),
    ("th", "ยื่นภาษีที่เยอรมนีทำยังไง"),
    ("fa", "اظهارنامه مالیاتی در آلمان"),
    ("uk", "податкова декларація в німеччині"),
    ("ur", "جرمنی میں ٹیکس ریٹرن کیسے بھریں"),
]

HERE = [
    ("en", "is my divorce from Germany valid here"),
    ("tr", "fransadan aldığım ehliyet burada geçerli mi"),
    ("id", "menang kasus di pengadilan Indonesia, bisa dieksekusi di sini?"),
    ("fa", "طلاقم تو آلمان ثبت شده اینجا معتبره"),
    ("ur", "جرمنی کا لائسنس یہاں چلے گا"),
    ("en", "may I drive in China with a licence from Germany?"),
    ("en", "my landlord keeps the deposit"),
    ("zh", "德国人在中国怎么办居留许可"),
    ("zh", "我是法国人，怎么结婚"),
    ("zh", "法语翻译在哪里找"),
    ("ja", "ネクタイを会社で着用しないと罰金？"),
    ("ko", "집 인도를 거절해요"),
    ("fr", "paris en ligne punition"),
    ("it", "come si usa il fondo casa"),
    ("ru", "немецкие права в китае"),
    ("ar", "كيف أسترجع التأمين"),
    ("vi", "danh bai co hop phap khong"),
    ("th", "โดนร้านโกง โทร 12315"),
    ("tr", "iş sözleşmem bitti mali hakkım ne"),
    ("hi", "मकान मालिक डिपॉजिट नहीं दे रहा"),
]


@pytest.mark.parametrize(("language", "text"), ELSEWHERE)
def test_a_country_is_seen_however_its_name_is_inflected(language: str, text: str) -> None:
    """Endings, articles and prepositions written onto a name do not hide it."""
    assert abroad(text), language


@pytest.mark.parametrize(("language", "text"), HERE)
def test_questions_about_life_in_china_are_not_abroad(language: str, text: str) -> None:
    """China named beside, a people or a language, or a word that only looks like a country, is none."""
    assert not abroad(text), language


def test_china_and_its_regions_are_no_other_country() -> None:
    """Nor are Hong Kong, Macao and Taiwan."""
    assert not any(map(names_country, ["China", "香港", "Macao", "Тайвань", "Hongkong", "中国", "Pékin"]))
