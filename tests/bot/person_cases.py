"""Requests for a person as people type them, and questions about the law that hold the same words."""

ASKS = {
    "en": """somebody call me please|is there a human|no robots please|anyone there who can answer|stop this machine, I want a human|put me through to one of your mediators
        can a real person help me|i dont want to chat with a bot|transfer me|let me speak with your staff|customer service|I'd rather speak to someone about my landlord|get me an operator
        pls connect me 2 a person|can i tlk to someone|not an AI please, a person|could one of you ring me|give me a volunteer to talk to""",
    "zh": """帮我转接真人|我不想跟机器人聊|有没有活人啊|能不能找个人跟我说话|你们的工作人员在吗|请给我回个电话|叫人来|人工|我要找调解员|別再用機器人了，轉人工|有人在吗|麻烦接人工客服""",
    "ja": """人間と話させて|オペレーターにつないで|ロボットは嫌です|誰か電話してください|担当の方お願いします|本物の人いますか|スタッフの方に代わってください|ボットじゃなくて人がいい|相談員と話したい|誰かいませんか|機械とは話したくない""",
    "ko": """사람이랑 얘기하고 싶어|상담원 바꿔줘|로봇 말고 사람|저한테 전화해 주세요|거기 사람 있어요?|직원 연결해주세요|진짜 사람 불러줘요|챗봇 싫어요|누구랑 통화할 수 있나요|담당자 좀 바꿔주세요""",
    "fr": """je veux parler à une vraie personne|pas de robot svp|passez-moi quelqu'un|est-ce qu'il y a quelqu'un|je peux jaser avec un conseiller|rappelez-moi|un humain s'il vous plait|marre de ce bot|mettez moi en relation avec un médiateur|vous pouvez me rappeler|j aimerais discuter avec qqn|service client""",
    "es": """quiero hablar con una persona de verdad|no quiero un robot|páseme con un agente|hay alguien ahí|me pueden llamar|comuníqueme con un asesor|quiero platicar con alguien|estoy harto de este bot|un humano por favor|atención al cliente|pásenme con alguien porfa|ocupo hablar con una persona""",
    "ru": """позовите живого человека|хватит бота|соедините с оператором|есть тут кто живой|перезвоните мне|хочу поговорить с кем-нибудь|дайте человека|не хочу общаться с роботом|можно связаться с вашим сотрудником|переключите на консультанта|оператор""",
    "ar": """أبغى أكلم موظف|عايز أكلم حد حقيقي|مش عايز روبوت|في أحد هنا؟|حولني لموظف|ممكن أحد يتصل بي|أريد التحدث مع إنسان|بدي احكي مع شخص|خدمة العملاء|ودي أتكلم مع أحد|لا أريد التحدث مع آلة""",
    "de": """kann mich jemand zurückrufen|ich will mit einem menschen reden|kein roboter bitte|ist da jemand|verbinden sie mich mit einem berater""",
    "pt": """quero falar com alguém|chega de robô|tem alguém aí|me transfere para um atendente|podem me ligar""",
    "vi": """cho tôi gặp nhân viên|tôi không muốn nói chuyện với robot|có ai ở đó không|gọi lại cho tôi|kết nối tôi với người thật""",
    "it": """voglio parlare con qualcuno|basta con questo bot|c'è qualcuno|potete richiamarmi|mi passi un operatore""",
    "tr": """biriyle konuşmak istiyorum|robot istemiyorum|beni arayın|orada kimse var mı|temsilciye bağlayın""",
    "hi": """मुझे किसी इंसान से बात करनी है|रोबोट नहीं चाहिए|कोई मुझे कॉल करे|क्या वहाँ कोई है|kisi insaan se baat karao""",
    "id": """saya mau bicara dengan orang|jangan robot dong|ada orang di sana|tolong telepon saya|sambungkan ke petugas""",
    "th": """ขอคุยกับคน|ไม่เอาบอท|มีใครอยู่ไหม|ช่วยโทรกลับหน่อย|ขอสายเจ้าหน้าที่""",
    "fa": """می‌خواهم با یک آدم حرف بزنم|ربات نمی‌خواهم|کسی آنجا هست|لطفا با من تماس بگیرید|وصلم کن به اپراتور""",
    "uk": """хочу поговорити з людиною|не хочу бота|є тут хтось живий|передзвоніть мені|з'єднайте з оператором""",
    "ur": """مجھے کسی انسان سے بات کرنی ہے|روبوٹ نہیں چاہیے|کوئی مجھے کال کرے|کیا وہاں کوئی ہے|نمائندے سے بات کروائیں""",
}

QUESTIONS = {
    "en": """can the agent keep my passport|someone called me pretending to be police|can a foreigner be a legal person|who can I complain to about my boss|do I have to speak to the police
        can my boss call me at night|do I need an agent to rent a flat|is an agent allowed to take two months commission|how many staff must sign a contract|can someone help me extend my visa
        my employer replaced me with a robot, can I get severance|can I be arrested without a lawyer|is there a person I can sue|what are human rights in china""",
    "zh": """中介扣我护照合法吗|有人打电话冒充警察怎么办|外国人能当法人代表吗|老板可以随时打电话给员工吗|人工智能生成的图片有版权吗|客服不给退款怎么办|找中介要交多少钱
        公司用机器人代替我可以辞退吗|调解员收费吗|没有工作人员签字合同有效吗|人工费多少|志愿者需要工作签证吗""",
    "ja": """エージェントはパスポートを預かれますか|警察を名乗る人から電話が来た|外国人は法人の代表になれますか|職員が返金してくれない|調停員になるには|担当者が変わると契約はどうなりますか|人を雇うには|会社のスタッフは残業代をもらえますか|夜中に上司が電話してくるのは違法ですか|ロボットに仕事を奪われ解雇された""",
    "ko": """중개인이 여권을 가져가도 되나요|경찰을 사칭한 전화를 받았어요|외국인이 법인 대표가 될 수 있나요|직원이 환불을 안 해줘요|조정 비용이 얼마예요|사장이 밤에 전화해도 되나요|직원 계약은 어떻게 하나요|담당자가 없으면 비자 연장은|사람을 고용하려면|로봇 때문에 해고됐어요""",
    "fr": """l'agent peut-il garder mon passeport|quelqu'un m'a appelé en se faisant passer pour la police|un étranger peut-il être une personne morale|mon patron peut-il m'appeler le soir|à qui se plaindre de mon chef|l'agent immobilier prend une commission|combien d'employés faut-il|puis-je avoir un avocat en détention|le service client refuse le remboursement|un robot m'a remplacé, licenciement légal ?""",
    "es": """puede el agente quedarse mi pasaporte|alguien me llamó haciéndose pasar por policía|un extranjero puede ser persona jurídica|mi jefe puede llamarme de noche|a quién me quejo de mi jefe|el agente inmobiliario cobra comisión|cuántos empleados debe tener la empresa|hace falta un mediador para divorciarse|una persona puede tener dos visados|me despidieron por un robot""",
    "ru": """может ли агент забрать мой паспорт|мне позвонил человек, представившись полицией|может ли иностранец быть юридическим лицом|начальник звонит ночью, законно ли|кому пожаловаться на начальника|сколько платить агенту|сколько сотрудников нужно для фирмы|нужен ли медиатор для развода|человек может иметь две визы|меня уволили из-за робота""",
    "ar": """هل يحق للوكيل الاحتفاظ بجواز سفري|اتصل بي شخص يدعي أنه شرطي|هل يمكن للأجنبي أن يكون شخصا اعتباريا|هل يحق لمديري الاتصال بي ليلا|لمن أشتكي من مديري|كم يأخذ الوسيط العقاري|كم عدد الموظفين المطلوب|هل يحتاج الطلاق إلى وسيط|هل يمكن لشخص الحصول على تأشيرتين|فصلت من العمل بسبب روبوت""",
}
