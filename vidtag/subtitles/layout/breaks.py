"""Where a line or a subtitle may break, and how well, in each language.

Two questions: which neighbouring words must stay together (``together``), and how good a break
between two units is (``quality``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate

from vidtag.core.records import Language
from vidtag.core.wordbreaks import chinese_words, japanese_phrases
from vidtag.subtitles.characters import CLOSING, NON_STARTERS, OPENING, is_cjk


class Break(IntEnum):
    """How good a break between two units is, best first."""

    SENTENCE = 0
    CLAUSE = 1
    CONJUNCTION = 2
    PHRASE = 3
    PLAIN = 4
    POOR = 5
    BAD = 6


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUOTES = "\"'”’»）)]］」』】〉》"
_SENTENCE_END = re.compile(r"[.?!…。？！｡]+$")
_CLAUSE_END = re.compile(r"[,;:，、；：､—–]$")
_ABBREVIATION = re.compile(
    r"^(?:mr|mrs|ms|dr|prof|sr|jr|st|mt|vs|etc|e\.g|i\.e|no|vol|fig|gen|sen|rep|capt|lt|sgt|"
    r"(?:[a-z]\.)*[a-z])\.$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^[#$€£¥₩+\-]?\d[\d.,:/]*$")

# English: words that lean on the next one.
_ARTICLES = _words(
    "a an the my your his her its our their this that these those some any every each no another "
    "which what whose both all either neither such"
)
_PREPOSITIONS = _words(
    "about above across after against along among around as at before behind below beneath beside "
    "between beyond by despite down during except for from in inside into like near of off on onto "
    "out outside over past per since than through throughout till to toward towards under until up "
    "upon via with within without"
)
_PRONOUNS = _words("i you he she it we they who")
_CONTRACTED = (
    "i'm you're he's she's it's we're they're i've you've we've they've i'll you'll he'll she'll "
    "it'll we'll they'll i'd you'd he'd she'd we'd they'd there's that's who's what's let's"
)
_AUXILIARIES = _words(
    "am is are was were be been being have has had do does did will would shall should can could "
    "may might must cannot don't doesn't didn't isn't aren't wasn't weren't haven't hasn't hadn't "
    "won't wouldn't shan't shouldn't can't couldn't mustn't gonna wanna gotta not never hardly "
    + _CONTRACTED
)
_DEGREES = _words("very so too really quite more most less least rather pretty almost just only")
_ADJECTIVES = _words(
    "good new first last long great little own other old right big high different small large next "
    "early young important few public bad same able best better whole real many much several"
)
_TITLES = _words(
    "mr mrs ms dr prof sir lady lord president captain uncle aunt mr. mrs. ms. dr. "
    "prof. st. capt. sgt. lt. gen. sen. rep."
)
_CONJUNCTIONS = _words(
    "and but or nor so yet because although though while when whenever where wherever whereas if "
    "unless since that which who whom whose how why what then until before after"
)
_OBJECTS = _words("it him her them me us myself himself herself itself themselves")
_UNITS = _words(
    "percent per cent degrees dollars euros pounds yen won yuan cents hours hour minutes minute "
    "seconds second days day weeks week months month years year times metres meters metre meter "
    "kilometres kilometers km kilograms kilos kg grams miles mile feet foot inches inch people "
    "million billion thousand hundred dozen am pm a.m. p.m. o'clock gigabytes megabytes"
)
_NUMERALS = _words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million billion half"
)
_LEANING = _ARTICLES | _PREPOSITIONS | _PRONOUNS | _AUXILIARIES | _DEGREES | _ADJECTIVES | _TITLES
COMMON_ENGLISH = _LEANING | _CONJUNCTIONS | _NUMERALS | _OBJECTS

# Chinese and Cantonese: particles that close a phrase, and words that open one.
_ZH_ENCLITIC = _words(
    "的 地 得 了 着 过 吗 呢 吧 啊 呀 哦 嘛 啦 们 之 里 中 上 下 内 外 后 前 时 来说 的话 嘅 "
    "咗 緊 过 過 咩 㗎 喎 啫 囉 喇 嗰 哋 嚟 裏 裡 們 著 嗎 後 時 內 的話 吖 噃 嘞 咁"
)
_ZH_PROCLITIC = _words(
    "在 把 被 对 从 向 跟 给 为 和 与 或 及 以 于 由 将 比 让 使 叫 很 太 最 更 非常 不 没 "
    "没有 也 都 就 还 这 那 每 各 某 第 是 会 能 要 可以 应该 必须 想 對 從 給 為 與 於 將 "
    "讓 這 沒 沒有 還 會 應該 必須 喺 俾 畀 同 同埋 唔 冇 係 嗰 呢 啲 好 先 再 又 一 我 你 "
    "他 她 它 您 佢"
)
_ZH_NUMERAL = re.compile(r"^[\d０-９.,一二三四五六七八九十百千万萬亿億两兩几幾零〇半第]+$")
_ZH_CONJUNCTION = _words(
    "但 但是 可是 不过 然而 而 而且 并且 所以 因此 因为 由于 如果 要是 虽然 尽管 然后 接着 "
    "于是 或者 还是 不過 並且 因為 由於 雖然 儘管 然後 接著 於是 或者 還是 即使 只要 只有 "
    "除非 同時 同时 另外 之後 跟住 因此 定係 不如"
)

# Japanese: what may not begin a line although a segmenter might part it, and connectives.
_JA_DEPENDENT = re.compile(
    r"^(?:こと|もの|ため|よう|とき|ところ|はず|わけ|つもり|まま|ほう|ので|のに|から|けど|が、|です|ます|でした|ました|ない|なかった|"
    r"いる|います|いました|ある|あります|ください|しまう|しまい|みる|みます|くれ|もらい|もらう|個|人|年|月|日|時|分|秒|円|回|本|枚|匹|歳|％)"
)
_JA_CONJUNCTION = re.compile(
    r"^(?:しかし|でも|だから|そして|それで|それから|また|ただ|なぜなら|けれど|ところが|つまり|例えば|たとえば|すると|では|もし)"
)
_JA_ADNOMINAL = re.compile(r"(?:この|その|あの|どの|こんな|そんな|どんな|いろんな|大きな|小さな)$")
_JA_NUMBER = re.compile(r"[\d０-９一二三四五六七八九十百千万億]$")

# Korean: dependent nouns and auxiliaries cling to the word before, determiners to the one after.
_KO_ENDING = (
    "(?:은|는|이|가|을|를|에|도|만|의|로|으로|과|와|들|들이|들은|들을|에서|에게|까지|부터|마다|"
    "조차|밖에|이나|나|보다|처럼|라고|이라고|라는|이라는|입니다|이다|이에요|예요|이죠|죠|인데|"
    "이고|이며|이었다|였다|이지만|인|일|인지|인지를|이란|들에|들의|들에게|들로부터|로부터|이니까|니까)?"
    "[.,?!…]*$"
)
_KO_DEPENDENT = re.compile(
    "^(?:(?:수|것|거|게|건|걸|때|뿐|만큼|대로|줄|지|적|중|등|동안|때문|정도|데|채|척|듯|덕분|"
    f"무렵|김|바|터|셈|편|법|분들|내의|내에|내에서|간의|간에|만한){_KO_ENDING}|(?:있|없|않|싶)[가-힣]*[.,?!…]*$|"
    "주세요[.,?!]*$|거(?:야|예요|에요|든|든요|니까|라고|라는|였어|였어요|잖아|잖아요|거든요)[.,?!]*$)"
)
_KO_COUNTER = re.compile(
    "^(?:개|명|번|번째|년|월|일|시|분|초|원|살|권|대|마리|퍼센트|킬로|미터|층|달|주|시간|가지|배|"
    f"잔|병|장|군데|사람|개월){_KO_ENDING}"
)
_KO_NUMERAL = re.compile(r"\d$|^(?:한|두|세|네|몇|여러|[일이삼사오육칠팔구십백천만억]+)$")
_KO_DETERMINER = _words(
    "그 이 저 아무 한 두 세 네 다섯 여섯 일곱 여덟 아홉 열 한두 두세 "
    "수십 수백 수천 수만 수십만 수백만 수억 수십억 몇십 몇백 새 헌 첫 각 매 몇 온 모든 어느 어떤 "
    "무슨 이런 그런 저런 다른 안 못 더 덜 가장 아주 매우 너무 잘 좀 꼭 다시"
)
_KO_CONJUNCTION = _words(
    "그리고 그러나 하지만 그래서 그런데 그러면 그러니까 그래도 또는 또 왜냐하면 만약 만일 "
    "따라서 즉 근데"
)
_KO_AUXILIARY = re.compile(
    "(?:해|아|어|여|워|와|려|켜|쳐|져|춰|줘|써) "
    "(?:[보주](?:고(?!서)|면|며|니|자|겠|도록|시|실|신|셨|세|십|는|었|았)|보려|주려|볼|봐|봤|봅니|봅시|줬|줍니|"
    "(?:본|준|둔)(?:다|[.,?!…]*$)|줄(?:게|까|래|[.,?!…]*$)|놓|놔|놨|드리|드릴|드려|드린|드립|내려|낼|내야|냈|"
    "버리|버려|버렸|버린)|"
    "고 계[시실셨신십]|지 못[하할한했]|"
    "야 (?!하지만|하나|하루|하늘|한국|한번|할머니|할아버지)[하할한합했]|"
    "(?:긴|기는|기도) [하했]"
)
"""A verb with the auxiliary that leans on it, parted by a space."""
_KO_CONNECTIVE = re.compile(r"(?:지만|는데|은데|니까|면서|어서|아서|려고|거나|다가|고|면)$")


@lru_cache(maxsize=262_144)
def quality(before: str, after: str, language: Language) -> Break:
    """How good a break between two neighbouring units of one language is."""
    core = before.rstrip(_QUOTES) or before
    if _SENTENCE_END.search(core) and not _is_abbreviation(core):
        return Break.SENTENCE
    if _CLAUSE_END.search(core):
        return Break.CLAUSE
    return _QUALITY.get(language, _english)(before, after)


def _is_abbreviation(word: str) -> bool:
    return bool(_ABBREVIATION.match(word)) and word.lower() not in ("i.", "no.")


def _english(before: str, after: str) -> Break:
    left = before.lower().lstrip("\"'“‘([.…-–—").replace("’", "'")
    right = after.lower().strip("\"'“”‘’()[].,?!;:").replace("’", "'")
    number = _NUMBER.match(left) or left in _NUMERALS
    if left in ("half", "quarter") and right in ("past", "to"):
        return Break.BAD
    if left == "there" and right in _AUXILIARIES:
        return Break.BAD
    if number and (right in _UNITS or right in _NUMERALS or _NUMBER.match(right)):
        return Break.BAD
    if left in _LEANING or (left in _CONJUNCTIONS and left != "then"):
        return Break.BAD
    if left == "then" and right not in _CONJUNCTIONS:  # an adverb, and "it" is no object of it
        return Break.POOR
    if right in _OBJECTS or (_is_name(before) and _is_name(after)):
        return Break.BAD
    if right in _CONJUNCTIONS:
        return Break.CONJUNCTION
    # Before a preposition, or the verb of a subject that is no pronoun.
    if right in _PREPOSITIONS or right in _AUXILIARIES:
        return Break.PHRASE
    return Break.PLAIN


def _is_name(word: str) -> bool:
    return (
        word[:1].isupper()
        and word.lower().strip(".,?!'s") not in COMMON_ENGLISH
        and word[:1].isalpha()
    )


def _chinese(before: str, after: str) -> Break:
    right = after.rstrip("".join(CLOSING))
    if right in _ZH_ENCLITIC or before in _ZH_PROCLITIC or _ZH_NUMERAL.match(before):
        return Break.BAD
    if before in _ZH_CONJUNCTION:
        return Break.BAD
    if right in _ZH_CONJUNCTION:
        return Break.CONJUNCTION
    # Two single characters side by side are often a word that the segmenter does not know.
    return Break.POOR if len(before) == len(right) == 1 else Break.PLAIN


def _japanese(before: str, after: str) -> Break:
    if _JA_NUMBER.search(before) or _JA_DEPENDENT.match(after):
        return Break.BAD
    if _JA_CONJUNCTION.match(after):
        return Break.CONJUNCTION
    if _JA_ADNOMINAL.search(before):
        return Break.BAD
    return Break.PHRASE if before[-1] in "はがをにでともへて" else Break.PLAIN


def _korean(before: str, after: str) -> Break:
    before = before.lstrip("\"'“‘([")
    if before in _KO_DETERMINER or _KO_DEPENDENT.match(after):
        return Break.BAD
    if _KO_AUXILIARY.search(f"{before[-2:]} {after}"):
        return Break.BAD
    if _NUMBER.match(before) and after[:1].isalnum():
        return Break.BAD
    if _KO_NUMERAL.search(before) and _KO_COUNTER.match(after):
        return Break.BAD
    if before in _KO_CONJUNCTION:
        return Break.POOR
    if after in _KO_CONJUNCTION or _KO_CONNECTIVE.search(before):
        return Break.CONJUNCTION
    return Break.PLAIN


_QUALITY: dict[Language, Callable[[str, str], Break]] = {
    Language.EN: _english,
    Language.ZH: _chinese,
    Language.YUE: _chinese,
    Language.JA: _japanese,
    Language.KO: _korean,
}


def together(texts: Sequence[str], spaces: Sequence[bool], language: Language) -> list[bool]:
    """For each word, whether it must stay on one line with the word before it.

    Words of Chinese, Cantonese and Japanese are single characters or Latin runs, so a segmenter
    finds the real words. In every language closing punctuation stays with what it closes, and
    what opens a bracket stays with what follows.

    Args:
        texts: words, none empty.
        spaces: whether a space parts each word from the one before.
    """
    inside = _inside_words(texts, spaces, language)
    for index in range(1, len(texts)):
        if not may_part(texts[index - 1], texts[index]):
            inside[index] = True
    return inside


def may_part(before: str, after: str) -> bool:
    """Whether a line may end between two characters, in any language."""
    return after[0] not in NON_STARTERS and before[-1] not in OPENING


def _inside_words(texts: Sequence[str], spaces: Sequence[bool], language: Language) -> list[bool]:
    count = len(texts)
    if language not in (Language.ZH, Language.YUE, Language.JA):
        # Korean and English: a break wherever there is a space, or between scripts.
        return [
            i > 0 and not spaces[i] and not is_cjk(texts[i][0]) and not is_cjk(texts[i - 1][-1])
            for i in range(count)
        ]
    joined = "".join(texts)
    allowed = set(_edges(joined, language))
    inside = []
    offset = 0
    for index, text in enumerate(texts):
        inside.append(index > 0 and not spaces[index] and offset not in allowed)
        offset += len(text)
    return inside


def _edges(text: str, language: Language) -> Iterable[int]:
    """Where words of Chinese or phrases of Japanese begin."""
    if language is Language.JA:
        return accumulate(map(len, japanese_phrases(text)))
    return accumulate(map(len, chinese_words(text, unknown=language is Language.ZH)))
