"""The words of the demo: two go-betweens, north and south, about water, medicine and a list. Written for it."""

from __future__ import annotations

from typing import Final, Literal

Side = Literal["north", "south"]

BEFORE_THE_CUT: Final[tuple[tuple[Side, str], ...]] = (
    ("north", "Good evening. I am told you prefer to write late."),
    ("south", "مساء الخير. نعم، في الليل يقلّ من يسأل أين أنا."),
    ("north", "שמעתי שהמשאבה ליד הגשר שוב לא עובדת. זה מאצלנו או מאצלכם?"),
    ("south", "من عندنا. القطعة الناقصة موجودة عندكم، في المخزن القديم."),
    ("north", "I can ask for it. But if I ask, they will ask me what I bring home for it."),
    ("south", "Tell them: forty-eight quiet hours at the crossing. I can carry that, not promise it."),
    ("north", "ארבעים ושמונה שעות זה משהו שאפשר להביא. ממתי?"),
    ("south", "من يوم الثلاثاء، الساعة السادسة صباحًا. أحتاج جوابًا قبل ظهر الاثنين."),
    ("north", "הבנתי. שלישי, 06:00. אכתוב ברגע שתהיה תשובה."),
)

DURING_THE_CUT: Final[tuple[tuple[Side, str], ...]] = (
    ("north", "The answer is yes, if the driver is one we both know."),
    ("south", "السائق نفسه كما في المرة الماضية. اسمه معك."),
    ("north", "ועוד דבר: שתי תיבות אינסולין. הן נוסעות באותו רכב, בלי מילה בחוץ."),
    ("south", "شكرًا. لن يعرف أحد من أين جاءت."),
)

AFTER_THE_CUT: Final[tuple[tuple[Side, str], ...]] = (
    ("south", "We are back. Your stick arrived before the line did."),
    ("north", "טוב. אצלי הכול הגיע, לפי הסדר."),
    ("south", "وعندي أيضًا. لم ينقص شيء."),
    ("north", "Then Tuesday, six o'clock. Sleep a little."),
    ("south", "وأنت أيضًا. تصبح على خير."),
    ("north", "לילה טוב."),
)
