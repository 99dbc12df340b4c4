"""Languages with another script of their own, as people type them in Latin letters: Hindi, Urdu, Arabic, Persian, Chinese …

Each is told by its small words: clear ones, which no language of Latin script has, and weak ones, which some have too.
"""

from __future__ import annotations

import re

from languages.scripts import strip_marks

CLEAR = 10.0
WEAK = 3.0

_HINDUSTANI = (
    "hai hain hun hoon hu hy hey hoga hogi honge hote hota hoti hua hui huye hue thaa thi thay kya kia kyun kyu kyon kyunki kaise kaisay "
    "kaisa kaisi kab kahan kahaan kaha kidhar kaun kon konsa konsi kaunsa kaunsi kitna kitne kitnay kitni nahi nahin nai nahee nhi mujhe "
    "mujhay mujhko mera meri mere mujh hamara hamari hamare humein hamein humara humari aap aapka aapki aapko tumhara uska uski uske uss "
    "iska iski iske unka unki unke inka inki inke isko usko unko yeh woh wo apna apni apne apnay karna karni karne karnay karta karti karte "
    "karun karoon karu karo karein karen kare karay karega karegi karenge kiya kiye karke karwana karwaya karwane karwaye karaya karana raha "
    "rahi rahe rahay rha rhi rhe raho rehta rehna rehne rehti gaya gayi gaye gya gyi chahiye chahie chahye chahta chahti chahte sakta sakti "
    "sakte sakun sakoon sakega saktay sakenge liye liya lena lene lenay lete leta leti lunga lun dena dene denay diya diye dete deta deti deti "
    "denge dega degi dunga dun doon jana jaana jane jaane jata jaata jati jaate jaye jaaye jayega jaayega jayegi jaun jaunga aana aaya aayi "
    "aaye aata aati aate ayega aayega milta milti milte milega milegi milenge mila mili mile milna milne lagta lagti lagega lagegi lage laga "
    "lagi lagna padega padegi padta padti pada parega paregi parta parti pare paisa paise paisay paison rupay kiraya kiraye kirayedar makan "
    "makaan malik naukri nokri noukri kaam kam kaagaz kagaz kaghaz kaghzat ghar ghanta ghante ghantay mahina mahine mahinay mahino din dino "
    "saal hafte hafta aaj abhi phir fir pehle pehlay baad baare agar lekin magar warna warna bina baghair sirf kuch koi kisi kisne sab sabhi "
    "aur ya bhi toh wala wali wale walay walon wapas wapis vapas bata batao bataiye bataye bataya bolta bola bole bol kehta kehte kaha tha "
    "rakha rakh rakhna rakhne rakha liyay le ja kar ho galat sahi theek thik accha acha bahut bohat bohot zyada jyada thoda thora shaadi shadi "
    "talaq talaak bachcha bacha bache bachche bachay bachon biwi shohar pati patni mulzim adalat vakil wakeel thana thane mushkil madad "
    "mukhya jurmana jurmaana zaroori jaroori zaruri khatam band naya nayi naye nayay purana purani sath saath taraf jagah jagha log logo "
    "pata kharid bech beech upar uper neeche andar bahar bahir dost dusra dusre dusri doosra doosri dosre shehar sheher shahar gaadi gari "
    "chhutti chutti chuttiyan bimar beemar hospital nikal nikala nikaal nikalna chhod chhor choda chora maar mara dhoka dhokha khilaf shikayat "
    "mangta maang mang manga bhar bharna bhara jama rok roka roki sakay jaldi dobara kyonki isliye islie tak ke ki ka ko se mein main me hum "
    "tum unhone usne maine tune hamne humne unhon jab tab jaise waise aise itna itni itne utna kitno jitna ek dono teen chaar paanch panch "
    "paidal pakda pakdi nakli asli pagal oopar neeche lagaya lagaye lagayi lagaun uthai uthaya chalata chalate chalaun gane reh khaya diye bheja bhej bheji bulaya bulate batate samajh samjha sunna suna soch socha maana maanga maangi lekar leke dekar hoke hokar kaat adalat karte karwate ban bana banwana banta banti bani likha likhna likhi dikha dekha dekh dekhna puchna pucha poocha karwa karva karwao"
)
_HINDUSTANI_WEAK = (
    "ka ki ke ko se me mein main hum tum par pe to tak tha the thi ho ye wo do ek le de ja jo na ne hi mere mila mile kare kar raho band ban "
    "kam din log sab ya maar mara mang manga kaha bol bole rok rakh bache bana banana bani pare deta gari pada laga lage apne hey hu hue lena "
    "nai kon uss hospital bharna lete jane tab jab bhar aur ban doon dun lun pati saal baad kaun beech fir sath sahi tune main dena paise bata "
    "dost naya liya rha roka mare karo karen kiya konsa thane karu parte dino dono maine wale panch purana parti"
)
_URDU = (
    "shukriya shukria shukriyah maloomat maloom meherbani meharbani mehrbani tankhwah tankhuwah tankha tankhwa muqadma muqaddma mukadma qanoon "
    "qanooni qanuni iqama haq huqooq waqt mulk mumalik khawateen shohar hukumat hukoomat tafseel ijazat ijaazat darkhwast darkhast mudat muddat "
    "muawza muavza mulazmat mulazim mulazmeen dastawaiz dastawezat kaghzat baqaya raqam muft adaigi adaaigi assalam assalamu walaikum janab kia "
    "hy hen thay bohat parega paregi parta parti parna parhai parhna parh larka larki larai larna chhor chora chhora gari garri waghera waghaira "
    "agarche mutaliq mutaaliq zimmedar zimedar zimmedari taleem imtihan hifazat ghalat ghalti nikkah walid walida walidain bacchay bachay mahinay "
    "kitnay karnay lenay denay rahay apnay walay pehlay paisay nayay kaisay saktay hotay detay letay mujhay iskay uskay kay say tarhan ramzan "
    "masjid guzarish izafi mustaqil aarzi shehri shehriyat hadsa zakhmi qarz qarza qist wirasat tarka wasiyat mahkma idara iddat mehr mehar khula "
    "lazmi faut wafat wafaat inkar tashadud tashaddud masla maslay masail umar khandan imdad hukam mujrim giraftari elan ailan naqli hasil tabdeel "
    "tabdeeli mansookh mansukh tajdeed tousee tosee durust marhoom aulad ahliya bewa tanazia tanaza salisi saalis tasdeeq tarjuma zaban zuban "
    "ghair madrasa ustad bara baray bari thora thori tor tora torna torne khara parosi kapra pakra pakar jhagra bigar sarak kiraye daar zarurat "
    "zaroorat hifazati munasib khabar pareshan dafa qaidi jurmana qeemat qiimat daftar sifarat sifaratkhana tareekh tarikh shadi"
)
_HINDI = (
    "dhanyavaad dhanyavad dhanyawad namaste namaskar kripya kripaya samay desh kanoon kanooni vetan adhikar pati patni vivah anumati aavedan "
    "avedan niyam karan sahayata suvidha nagrik nagrikta jankari jaankari shulk vakil padega padegi padta padti padna padhai padhna padh ladka "
    "ladki ladai ladna chhod chhoda chod choda chhodna gaadi galat galti jyada jaroori jarurat jarurat bahut thoda thodi pariksha shiksha chinta "
    "dikkat tod toda todna khada padosi kapda pakda pakad jhagda bigad bada badi bade sadak kaagaz kagaz pehle tankhwaah tarikh turant sampatti "
    "beema pramaan shaadi surakshit videshi kiraya tarah prashn uttar mukadma dahej gaon dhokha choti dukaan"
)
_ARABIC = (
    "ana enta inta enti inti ento intu howa huwa heya hiya e7na ehna ihna nahnu kayfa keef kifash kifach kaif kayf keif izay izzay ezay ezzay "
    "leh leish leesh lesh laish limatha limadha matha madha shu shou shoo esh eish eih feen fein wein wayn wen ayna aina emta imta mata mish "
    "mesh mosh mush mafi mafish mafeesh lazem lazim mumkin momken momkin yumkin yumkinuni kanet kaman kamaan iqama ikama eqama iqamati kafil "
    "kafeel kafili tasreh tasrih shoghl shughl shogl shugul rateb ratib ratbi ratebi maash maashi flous fulus floos fuloos sharika sherka "
    "shirka sharikat beit bayt mudir modir mudeer modeer mudiri mohami muhami mohamy talaq zawaj zawja zawji zawjati gawaz jawaz jawazi safara "
    "sifara mahkama mahkamah shorta shurta arid urid ureed oreed areed uridu ayez aayez ayza awez biddi baddi bedi abgha abghi abga "
    "saedni saidni musaada mosaada hal kam ila ala maa baad qabl qabla abl inna anna allah inshallah inchallah shukran chokran choukran chukran "
    "salamu alaikum alaykum marhaba ahlan yaani yani wallah walla habibi khalas dilwati delwaati dilwaqti halla daba bezaf bzaf bzzaf wach "
    "wesh ouach wash chnou chno shno shnu kifech fach alach dyal dial dyali diali khdma khedma khadma khedmti bghit ghadi mabghach makaynch "
    "kayn kayen andi andy andak indi indak indana maandi maandish indi ladayya ma'i maai sahib saheb sahb elbeit albayt alwakil alshorta "
    "almal lam lan qad hatha hadha hada hatta hadi haza hay ayy aya hunaka fi min an wa la ma el al ya bas law aw bi li men ala mudda muddat "
    "shahr shahrein shohor ashhur sana sanawat youm yom ayyam alyawm elyom bukra bokra aqd akd ijar eejar egar talabat tajdid tagdid jadid "
    "gedid kol kull kulli shi shay haga haja hajah nas wahed wahid ashan minshan mshan lish lih bidun bidoon badal rahet raht rah yedfa adfa "
    "dafa yudfa yarfud rafad sahebi waladi ibni binti ummi abi akhi sadiqi asdiqa sini alsin assin fisseen bissin biseen fel fil bel bil lel "
    "lil ladaya qanun kanun qanuni huquq mushkila moshkela mushkel moshkla intihet intahat entahat khalset khilset tarad taradni taraduni bach ndir nchri nmchi hna smiti ujaddid ujadid yujaddid jaddid"
)
_ARABIC_WEAK = (
    "hal kam ma la el al fi min an wa ya bas law aw bi li men an maa ala ana lam lan mata leh wen rah hay fel fil bel bil lel lil nas kol shi "
    "abi hada hadi yani saheb talaq shu mesh wash kafil mush sana andi andy indi abl matha dial salamu aya anna inna mudir kayn fach "
    "jadid wein yom sini allah hatta eih sahib daba enti badal akd tajdid maash inti shahr iqama"
)
_PERSIAN = (
    "mikham mikhaam mikhaham mikhastam mikhay mikhad chikar chekar konam konim konid konan konand chetor chetori chetoor mishe mishavad nemishe "
    "mikone mikonam mikonan mikonand nemikone nemikonan nemide nemidan nemidahad nemidam mide midan midahad hast nist nistam hastam hastim "
    "daram nadaram dare nadare darim darid darand bayad koja kojast kojaye chera cheghadr cheghadre cheqadr cheqadre cheghad chand vaghti vaqti khane khuneh khoone "
    "khooneh sahebkhane sahebkhune sahabkhune sahabkhoone sahebkhoone sherkat hoghoogh hoghugh hoquq hughugh karfarma gharardad qarardad eghamat "
    "eqamat safarat talagh hamsaram shoharam zanam bacheam bache gozarname pasport pasportam alan emrooz emruz farda dirooz diruz salam mamnoon "
    "mamnun lotfan komak kardam karde kardan kard dadam dadan bedam begiram beram raftam shodam shode shod mitoonam mitunam mitavanam mitoone "
    "mitune mitavanad nemitoonam nemitunam bood bud boodam baraye bara baram barash baham shoma vizam vizaye viza man az ro ra ke be ba dar va "
    "ya ta ma un oon ina chi chie chiye aya hich hichi kheyli kheili khayli mamlekat keshvar jarime jarimeh malekiyat maliat maliyat bimeh bime "
    "edare polis dadgah vakil shekayat shekaayat ejare ejareh pool pul poolam pulam poolamo pulamo pas poose nadade nadad nadadan ekhraj ekhrajam "
    "kar karam mah mahe sal saal rooz ruz bedoone bedune bedun ye yek do se chahar panj doost dust dustam doostam chin irani farsi gereftan gereftam "
    "begirim bekonam bekonim bezanam befrestam tamdid dashte dashtan daneshju daneshjoo daneshgah ezdevaj telefon zang bara inke age agar vali"
)
_PERSIAN_WEAK = (
    "man az ro ra ke be ba dar va ya ta ma un pul pool pas do se mah sal saal kar vakil salam chi chin ye talagh dare bud mide bime bara viza "
    "hast rooz agar konan midan chand shoma polis karde bood telefon karam age ina vali chera dust kard baram bedam hich bache saal komak alan "
    "beram panj shod farsi pasport koja darim"
)
_CHINESE = (
    "wo ni ta women nimen tamen wode nide tade womende de le ma ba ne bu mei meiyou you yao xiang keyi bukeyi neng buneng zenme zenmeban "
    "zenmeyang shenme weishenme nali nar zai zheli zhege nage zheyang duoshao duojiu jige qian shi bushi shibushi gei rang he hai ye dou jiu "
    "cai hen tai dui cong dao qu lai qing qingwen xiexie nihao ninhao zaijian ruguo yinwei suoyi danshi haishi yijing guoqi laoban fangdong tui "
    "tuihuan banli xuqian shui yinggai xuyao bixu zhidao renshi qu nian yue tian ge san liang yige liangge sange gongsi gongzuo laoshi xuesheng "
    "zhongguo waiguo ren dianhua jingcha baojing wei diule diu diaole mai mafan bangmang bang wo gaosu jiao fa gongzi kou bei mashang xianzai "
    "jintian mingtian zuotian xia shang hou qian liang chaoqi yuqi daoqi keneng nengbuneng kebukeyi youmeiyou yongbuyong"
)
_CHINESE_WEAK = (
    "ta women de le ma ba ne you he hai ye shi tai ge tian ren fa mai bei xia hou san lai wei neng dao bang nar cai hen gei dui cong zai qu "
    "wo ni bu tui mei ya yue jiao kou shang liang rang nali jige dou diu yao jiu"
)
_RUSSIAN = (
    "ya menya mne moy moya moyu moi kak gde chto kogda skolko pochemu mozhno nado nuzhno nelzya delat vizu viza zarplatu zarplata hozyain khozyain "
    "rabota rabotu rabote uvolili deneg dengi shtraf prodlit prodlenie privet spasibo pozhaluysta pojaluista est net esli ili dlya iz za ot do po "
    "na ne s u i no a my oni on ona vy kvartiru kvartira dogovor zalog otdaet vozvrashchaet platyat platit razvod razvestis rebenok rebenka muzh "
    "zhena zdravstvuyte zdravstvuite dobryy den mesyats mesyatsa let god goda dney pomogite pomoshch kitae kitay kitaya policiya politsiya sud "
    "yurist razreshenie zhitelstvo uchebu student hochu khochu mogu dolzhen dolzhna kakoy kakie kakaya poluchit zaregistrirovatsya nuzhna nuzhen"
)
_RUSSIAN_WEAK = "ya na ne no a my on do po i s u za iz ot den god let est net viza student ona sud moi oni kak zalog esli rabota hochu mogu nado"
_JAPANESE = (
    "watashi watashino boku desu desuka masu masuka masen masen deshita mashita kudasai doko dokode nani nan dou doushitara doushite doshite "
    "sureba ii itsu ikura dare naze suru shitai shimasu shimashita shite shitara arimasu arimasen ga wa wo ni no mo kara made biza yachin kaisha "
    "oshiete hitsuyou koushin shikikin kubi rikon kekkon kyuuryou kyuryo okane harau harawanai kaesanai kaeshite arigatou arigato gozaimasu "
    "sumimasen konnichiwa dekimasu dekimasuka dekiru ooya shigoto"
)
_JAPANESE_WEAK = "wa wo ni no mo ga made ii nan dare kubi shite doko suru kara biza itsu"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LISTS = {
    "hi": (_HINDUSTANI + " " + _URDU + " " + _HINDI, _HINDUSTANI_WEAK),
    "ar": (_ARABIC, _ARABIC_WEAK),
    "fa": (_PERSIAN, _PERSIAN_WEAK),
    "zh": (_CHINESE, _CHINESE_WEAK),
    "ru": (_RUSSIAN, _RUSSIAN_WEAK),
    "ja": (_JAPANESE, _JAPANESE_WEAK),
}
_ALL = {code: _words(words) for code, (words, _) in _LISTS.items()}
_WEAK = {code: _words(words) for code, (_, words) in _LISTS.items()}
_URDU_ONLY = _words(_URDU) - _words(_HINDI)
_HINDI_ONLY = _words(_HINDI) - _words(_URDU)

_TOKEN = re.compile(r"[a-z0-9]+")
_ARABIZI = re.compile(r"(?:[235679]|[235679]?[a-z]+[235679])[a-z]{2,}|[a-z]{2,}[235679]")
_COUNTED = re.compile(
    r"\d+(?:st|nd|rd|th|pm|am|days?|months?|years?|hours?|weeks?|times?|yo|hrs?|min|mins|kg|km|rmb|cny|usd|eur|euros?|yuan|kuai"
    r"|eme|emes|ans?|mois|jours?|heures?|er|ers|meses|dias|anos|horas|mesi|giorni|anni|ore|monate|tage|jahre|ay|gun|yil|bulan|hari|tahun"
    r"|thang|ngay|nam|tuan|trieu|nghin|din|saal|mahine|ghante|rok|mah|sal|gb|mb|ml|cm|mm|bit|nin|bin|ta|de|te|da)"
    r"|[a-z]{1,3}\d|(?:covid|web|mp|type|level|part|line|phase|tier|class|zone|gate|stage|step|article|form|hsk|win|windows)\d+"
)
_PERSIAN_VERB = re.compile(r"(?:ne)?mi[b-df-hj-np-tv-z][a-z]{1,7}(?:am|im|id|and|an)")
_INITIAL = "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
_FINAL = (
    "(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|er|a|o|e|i|u|v)"
)
_PINYIN = re.compile(f"(?:{_INITIAL}{_FINAL}[1-5]?)+")
_CHINESE_LOOK = re.compile("zh|x[iu]|q[iu]|sh[ie]|iao|iang|uan|ong|ji[nae]|eng|ui|min")
TONES = re.compile("[āēīōūǎěǐǒǔǖǘǚǜ]")
_NO_PINYIN = re.compile(
    "(?<![nl])v|[bpmfw]iang|[bpmf](?:ong|u[aoie]|ia)|[jqx](?:[aeo]|u[oi])|[zcsr]h?i[aeonu]|w[iu]|y[uo][aio]|[gkh]i|[dt]in|[fw]iao"
)


def tokens(text: str) -> list[str]:
    """The words of a text without accents, digits inside them kept ("3andi")."""
    return _TOKEN.findall(strip_marks(text.lower()).replace("'", "").replace("’", ""))


def is_pinyin(word: str) -> bool:
    """Whether it can be read as Chinese syllables, with or without tone numbers."""
    return len(word) > 1 and bool(_PINYIN.fullmatch(word)) and not _NO_PINYIN.search(word)


def is_pinyin_terms(words: list[str]) -> bool:
    """Whether they look like Chinese terms ("renmin tiaojie"): long, read as syllables, some of them typical of Chinese."""
    typical = sum(bool(_CHINESE_LOOK.search(word)) for word in words)
    return bool(typical) and 2 * typical >= len(words) and all(len(word) > 4 and is_pinyin(word) for word in words)


def weights(words: list[str], hint: str | None, tones: int = 0) -> dict[str, float]:
    """How much likelier the words make each language in Latin letters; a language without one clear word is left out.

    `tones`: how many letters have a mark of pinyin.
    Hindi and Urdu are the same words: Urdu's own decide, then the hint, else it counts as Hindi.
    """
    found: dict[str, float] = {}
    for code, listed in _ALL.items():
        weak = sum(word in _WEAK[code] for word in words)
        clear = sum(word in listed and word not in _WEAK[code] for word in words) + _shapes(code, words)
        clear += tones if code == "zh" else 0
        if clear or (weak > 1 and (hint == code or (code == "hi" and hint == "ur"))):
            found[code] = CLEAR**clear * WEAK**weak
    if "zh" in found:
        found["zh"] *= _like_pinyin(words)
    if "hi" in found:
        code = hindi_or_urdu(words, hint)
        found[code] = found.pop("hi")
    return found


def hindi_or_urdu(words: list[str], hint: str | None) -> str:
    """Which of the two, by their own words and the way Urdu spells."""
    urdu = sum(
        word in _URDU_ONLY or ("q" in word and not word.startswith("tala") and not is_pinyin(word)) for word in words
    )
    hindi = sum(word in _HINDI_ONLY for word in words)
    if hint in ("hi", "ur") and abs(urdu - hindi) < 2:
        return hint
    return "ur" if urdu > hindi else "hi"


def _shapes(code: str, words: list[str]) -> int:
    """Arabic digits for letters ("3andi", "sa7"), Persian verbs ("nemidunam"), tone numbers ("wo3")."""
    if code == "ar":
        return sum(bool(_ARABIZI.fullmatch(word)) and not _COUNTED.fullmatch(word) for word in words)
    if code == "fa":
        listed = _ALL["fa"]
        return sum(word not in listed and bool(_PERSIAN_VERB.fullmatch(word)) for word in words)
    if code == "zh":
        return sum(len(word) > 2 and word[-1] in "1234" and is_pinyin(word) for word in words)
    return 0


def _like_pinyin(words: list[str]) -> float:
    """Chinese in Latin letters is syllables throughout: a word that is none speaks strongly against it."""
    spelled = [word for word in words if not word.isdigit()]
    syllables = sum(is_pinyin(word) for word in spelled)
    return float(1.5**syllables * 0.15 ** (len(spelled) - syllables))
