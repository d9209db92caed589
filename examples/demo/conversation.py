"""The words of the demo: two go-betweens, north and south, about water, medicine, one for a thousand; their offers."""

from __future__ import annotations

from typing import Any, Final, Literal

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

AGENDA: Final[dict[str, Any]] = {
    "issues": [
        {"key": "quiet", "title": {"en": "Quiet hours", "he": "שעות שקט", "ar": "ساعات هدوء"},
         "type": "range", "least": 12, "most": 72, "step": 12, "unit": "hours"},
        {"key": "begins", "title": {"en": "When they begin", "he": "מתי מתחילות", "ar": "متى تبدأ"}, "type": "choice",
         "options": ["Monday noon", "Tuesday 06:00", "Wednesday 06:00"]},
        {"key": "insulin", "title": {"en": "Boxes of insulin", "he": "תיבות אינסולין", "ar": "صناديق أنسولين"},
         "type": "range", "least": 0, "most": 6, "unit": "boxes"},
        {"key": "driver", "title": {"en": "Who drives", "he": "מי נוהג", "ar": "من يقود"}, "type": "choice",
         "options": ["one of the north", "one of the south", "one whom both know"]},
        {"key": "people", "title": {"en": "People for the one", "he": "אנשים תמורת האחד", "ar": "أشخاص مقابل الواحد"},
         "type": "range", "least": 0, "most": 2000, "step": 100, "unit": "people"},
        {"key": "order", "title": {"en": "In what order", "he": "באיזה סדר", "ar": "بأي ترتيب"}, "type": "choice",
         "options": ["all at once", "in two phases"]},
    ]
}  # fmt: skip

PREFERENCES: Final[dict[Side, dict[str, Any]]] = {
    "north": {
        "preferences": 1, "reservation": 170,
        "issues": {
            "quiet": {"points": {"12": 0, "72": 100}},
            "begins": {"points": {"Monday noon": 30, "Tuesday 06:00": 25, "Wednesday 06:00": 0}},
            "insulin": {"points": {"0": 40, "6": 0}},
            "driver": {"points": {"one of the north": 50, "one of the south": 0, "one whom both know": 45},
                       "red_lines": ["one of the south"]},
            "people": {"points": {"0": 60, "2000": 0}},
            "order": {"points": {"all at once": 0, "in two phases": 20}},
        },
    },
    "south": {
        "preferences": 1, "reservation": 150,
        "issues": {
            "quiet": {"points": {"12": 60, "72": 0}},
            "begins": {"points": {"Monday noon": 0, "Tuesday 06:00": 30, "Wednesday 06:00": 35}},
            "insulin": {"points": {"0": 0, "6": 90}},
            "driver": {"points": {"one of the north": 0, "one of the south": 30, "one whom both know": 28}},
            "people": {"points": {"0": 0, "2000": 80}},
            "order": {"points": {"all at once": 10, "in two phases": 8}},
        },
    },
}  # fmt: skip
"""What each wants. It stays in the vault of each."""

OFFERS: Final[tuple[tuple[Side, dict[str, str]], ...]] = (
    ("north", {"quiet": "72", "begins": "Monday noon", "insulin": "1", "driver": "one whom both know",
               "people": "600", "order": "in two phases"}),
    ("south", {"quiet": "24", "begins": "Wednesday 06:00", "insulin": "6", "driver": "one of the south",
               "people": "1400", "order": "all at once"}),
    ("north", {"quiet": "48", "begins": "Tuesday 06:00", "insulin": "1", "driver": "one whom both know",
               "people": "800", "order": "in two phases"}),
    ("south", {"quiet": "48", "begins": "Tuesday 06:00", "insulin": "4", "driver": "one whom both know",
               "people": "1000", "order": "in two phases"}),
)  # fmt: skip
"""In the order in which they are made; the places in it are what `SIGNS` is of."""

SIGNS: Final[dict[Side, tuple[int, ...]]] = {"north": (0, 2, 3), "south": (1, 3)}
"""Which of the offers each would sign; nobody hears of it but for the one that both have marked."""
