"""Words that tell no language: said everywhere, or Chinese terms that foreigners use inside their own language."""

from __future__ import annotations

INTERNATIONAL = frozenset(
    [
        "ok",
        "okay",
        "oke",
        "visa",
        "hello",
        "hallo",
        "hi",
        "hey",
        "bye",
        "merci",
        "ciao",
        "hotel",
        "hostel",
        "wechat",
        "weixin",
        "alipay",
        "taobao",
        "didi",
        "taxi",
        "bus",
        "metro",
        "wifi",
        "internet",
        "email",
        "mail",
        "sms",
        "app",
        "whatsapp",
        "telegram",
        "covid",
        "passport",
        "bank",
        "pizza",
        "bar",
        "restaurant",
        "police",
        "ambulance",
        "stop",
        "no",
        "vpn",
        "sim",
        "pdf",
        "id",
        "qr",
        "super",
        "bravo",
        "info",
        "menu",
        "airbnb",
        "google",
        "iphone",
        "android",
        "facebook",
        "tiktok",
        "douyin",
        "meituan",
        "eleme",
        "thanks",
        "please",
        "sorry",
        "yes",
        "si",
        "non",
        "da",
        "ja",
        "x",
        "xx",
        "xxx",
        "lol",
        "haha",
        "hahaha",
        "hmm",
        "mmm",
        "uh",
        "oh",
        "ah",
        "asap",
    ]
)

PINYIN = frozenset(
    [
        "dingjin",
        "yajin",
        "fapiao",
        "hukou",
        "jiehun",
        "lihun",
        "fangdong",
        "zhongjie",
        "hetong",
        "gongzi",
        "shebao",
        "laodong",
        "zhongcai",
        "paichusuo",
        "gonganju",
        "chengguan",
        "xiaoqu",
        "wuye",
        "juweihui",
        "jiedao",
        "juliu",
        "jiaotong",
        "jiazhao",
        "baoxian",
        "gongjijin",
        "peichang",
        "weiyuejin",
        "zufang",
        "zujin",
        "shouxufei",
        "weixin",
        "zhifubao",
        "yuan",
        "kuai",
        "rmb",
        "jiaban",
        "nianjia",
        "chanjia",
        "gongshang",
        "yixiangjin",
        "shenfenzheng",
        "huzhao",
        "qianzheng",
        "crb",
        "cpo",
        "psb",
        "hr",
        "neidi",
        "dalu",
        "beijing",
        "shanghai",
        "guangzhou",
        "shenzhen",
        "chengdu",
        "hangzhou",
        "nanjing",
        "xiamen",
        "tianjin",
        "china",
        "hongkong",
        "hong",
        "kong",
        "macau",
        "macao",
        "waimai",
        "kuaidi",
        "baoan",
        "ayi",
        "laowai",
        "waiguoren",
    ]
)

_SMALL = {
    "en": "the a an and or of to in on at for from with without my your his her our their i you he she we they it is are was "
    "were am be been do does did dont doesnt didnt have has had can cannot cant could should would will wont must may might "
    "how what when where who which why if not get got this that there about into out by than then s t m ll ve re fine rent "
    "boss job work pay paid fee landlord long much many need want",
    "fr": "le la les l un une des du de d et ou a au aux en dans sur pour par avec sans mon ma mes ton ta son sa ses notre "
    "nos votre vos leur leurs je j tu il elle on nous vous ils elles c ce cet cette ces est sont suis ai as ont etre avoir "
    "fait faut faire ne n pas plus que qu qui quoi quel quelle comment combien quand pourquoi si puis peut dois doit veux "
    "quels mais apres avant chez patron loyer amende va bon sont entre y",
    "es": "el la los las un una unos unas de del al y o a en con sin por para mi mis tu tus su sus nuestro yo me te se le lo "
    "nos que quien como cuanto cuanta cuantos cuando donde cual por porque si no es son esta estan soy estoy fue ser hay "
    "tengo tiene tienen puedo puede debo debe hago hacer he ha han pero mas muy ya antes despues desde hasta jefe casero quiero necesito "
    "multa qué cuesta les",
    "de": "der die das den dem des ein eine einen einem einer und oder in im am an auf aus bei mit nach von vom zu zum zur "
    "fur ohne mein meine meinen meiner dein sein ihr unser ich du er sie es wir mich mir dich sich ist sind war bin hat habe "
    "haben kann konnen muss mussen soll darf wird werden wie was wann wo wer welche warum wenn nicht kein keine viel lange "
    "noch auch nur gegen uber",
    "pt": "o a os as um uma de do da dos das e ou em no na nos nas com sem por pelo pela para pra meu minha meus minhas seu "
    "sua eu voce ele ela nos me se lhe que quem como quanto quanta quando onde qual porque nao e sao esta estou foi ser ha "
    "tenho tem posso pode devo deve fazer faco mas mais muito ja antes depois ate trabalho isso este quero preciso chefe multa visto",
    "it": "il lo la gli le i un uno una di del della dei delle a al alla e o in nel nella con senza per da dal su mio mia "
    "miei mie tuo suo sua io tu lui lei noi mi ti si ci che chi come quanto quanta quando dove quale perche se non e sono ho "
    "ha hanno posso puo devo deve fare c ma piu molto gia prima dopo questo nell dell all cosa oggi voglio capo multa visto",
    "vi": "toi ban anh chi em khong co la va hay cua cho voi trong o den tu de phai duoc bi thi ma neu khi nao gi sao the lam "
    "nhu bao nhieu lau ai dau nay do mot cac nhung toi chung giay phep lao dong tien luong nha",
    "tr": "bir ve veya ile icin ben sen o biz benim senin bu su mi mu ne nasil kadar nerede kim hangi neden eger ama degil "
    "var yok olur olarak sonra once gibi daha cok ki da de izni kira ceza",
    "id": "saya aku kamu anda dia kami kita yang dan atau di ke dari untuk dengan tanpa pada ini itu ada tidak bukan belum "
    "sudah bisa boleh harus akan apa bagaimana berapa kapan dimana siapa kenapa jika kalau karena lama izin kerja denda "
    "rumah sewa gaji oleh",
    "ar": "ما هو هي من في على هل كم اين أين متى لا مع الى إلى عن لم لن ان أن اذا إذا بعد قبل انا أنا رقم كيف ماذا هذا لي "
    "أريد اريد عندي يمكن يمكنني لماذا ليش شو وين مش كيف ماذا الذي التي هذه ذلك كان كانت قد ثم أو او و صاحب "
    "العمل راتبي الشركة جواز السفر الإقامة",
    "fa": "چه است را از در با برای ایا آیا من می که این ان آن و به کجا چقدر چطور کی اگر نه هم شما ما "
    "شده شد بود باید هست نیست دارم ندارم دارد کنم کرد کردم کرده کنند کند کنید بده بدم چیه چکار چیکار چی چند "
    "کدام چرا وقتی بعد قبل خود من مرا خانه پول دو سه یک شدم شوم شود می نمی های ها تا یا باشد اداره نوع برق "
    "تخته اعلانات منم",
    "ur": "کیا ہے میں کی کا کے کو سے اور پر یہ وہ نہیں کیسے کہاں کب اگر مجھے "
    "ہے ہیں تھا تھی کیا ہوں ہوا ہوئی گیا گئی کر رہا رہی رہے سکتا سکتی سکتے چاہیے لیے دیا دی لیا نے تو بھی ہی "
    "جو اس ان کس کون کتنا کتنے کیوں میرا میری میرے اپنا اپنی میں کمپنی تنخواہ بعد پہلے ساتھ کتاب مولانا حافظ",
    "ru": "и в не на что я с как а то это по но из у за от так же бы если для до ли или мне мой где когда кто чем без при "
    "это этот эта эти того этого нет есть был была было были будет будут может могу можно нужно надо деньги "
    "денег работу работа работы работодатель зарплату зарплата квартира квартиру хозяин хозяйка залог договор "
    "иск налог налоги паспорт виза дома домой папа мама муж жена жены ребенок ребенка дети неделя неделю месяц "
    "день года год лет сказали сказал говорит говорят хочет хочу просит платит платить заплатили обратиться "
    "помощь подать подала подал написала написал получил купил купила забрал забрали справка заявление жалоба "
    "жалобу магазин очень сейчас потом потому чтобы только тоже также уже еще ещё который какая какой какие "
    "после между под над через про его ее её их наш ваш свой моя мое мою твоя если или назад перейти параметры "
    "вниз панель дать нельзя куда",
    "uk": "і в у не на що я з як а то це по але із за від так же якщо для до чи або мені мій де коли хто чим без при та який яка яке хочу чи "
    "нема маю має мають треба потрібно куди звідки навіщо хтось щось також теж лише тільки дуже зараз потім "
    "тому щоб бо аби поки вже ще був була було були буде будуть може можу можна можуть гроші грошей роботу "
    "робота роботи роботодавець шеф зарплату зарплата квартира квартиру господар господиня застава заставу "
    "договір позов позову податок податки паспорт віза вдома додому тато мама дружина дружини чоловік дитина "
    "дитини дитину тиждень тижнів місяць день року років рік сказали сказав каже кажуть хоче просить платить "
    "платити заплатили звернутись звернутися допомога допомогу подати подала подав написала написав отримав "
    "купив купила забрав забрали пройшов довідка заява заяву скарга скаргу магазин між над під через про від "
    "цей ця ці цього той та те їх наш ваш свій моя моє мою твоя половину назад служба служби перейти параметри "
    "вниз вгору рядок панель",
}

FUNCTION_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _SMALL.items()}
"""Small words that hold a sentence together, written without accents."""
