"""What the synthetic voices say: small template grammars in five languages.

A template is a row of *units* separated by spaces, each spoken in one breath group of its own
(an English word, a Chinese character, a Korean word, a Japanese phrase), with ``{slots}`` to be
filled from a table.  The number of fillings is far larger than any corpus made from them, so one
filling in ten can be kept out of training (:func:`is_heldout`) and still be the same language.

A unit has three faces: ``shown`` (digits, punctuation, capitals), ``plain`` (neither) and
``spoken`` (what the synthesiser reads, kana in Japanese).  All three rows have equal length, so
a time known for a spoken unit is known for the shown one.
"""

# ruff: noqa: E501 - the slot tables read best with one slot a line
from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from itertools import pairwise

LANGUAGES = ("en", "zh", "yue", "ja", "ko")
PUNCTUATION = frozenset("，。！？、,.!?")
SPACED = frozenset({"en", "ko"})
"""Languages that put spaces between units in writing."""


@dataclass(frozen=True)
class Sentence:
    """One sentence, or a few, as rows of units of equal length."""

    lang: str
    shown: tuple[str, ...]
    words: tuple[str, ...]
    spoken: tuple[str, ...]

    @property
    def text(self) -> str:
        """As ``withitn`` writes it: digits, capitals, punctuation."""
        return self._joint.join(self.shown)

    @property
    def plain(self) -> str:
        """As ``woitn`` writes it: lower case, no punctuation, numbers in words."""
        return self._joint.join(self.words)

    @property
    def speech(self) -> str:
        """What the synthesiser is given."""
        return ("" if self.lang in ("zh", "yue") else " ").join(self.spoken)

    @property
    def _joint(self) -> str:
        return " " if self.lang in SPACED else ""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Slot tables: one ``name: a | b | c`` a line."""
    out = {}
    for line in text.strip().splitlines():
        name, values = line.split(":", 1)
        out[name.strip()] = tuple(v.strip() for v in values.split("|"))
    return out


def _rows(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


# --------------------------------------------------------------------------------- English
EN_SLOTS = _table("""
who: I | you | we | they | my friend | the teacher | the little girl | the boy | our team | the driver | my mother | his father | her brother | the doctor | the player | the singer | everybody
kin: mother | father | brother | friend | teacher | doctor | dog | cat
animal: dog | cat | bird | horse | fish
did: opened | closed | found | lost | bought | saw | painted | cleaned | fixed | moved | carried | broke | wanted | liked | talked about | forgot | remembered | picked up | threw
adj: red | blue | green | big | small | old | new | happy | quiet | funny | heavy | beautiful | cheap | strange | famous | simple | dark | bright | warm | cold
obj: door | window | house | car | book | phone | camera | ball | table | chair | garden | kitchen | picture | bottle | letter | bag | box | guitar | computer | ticket | cake | movie | song | game
place: in the park | at home | at school | in the city | on the street | near the river | in the kitchen | by the window | on the beach | at the station | in the mountains | behind the house
time: today | yesterday | this morning | last night | last week | on Monday | on Friday | on Sunday | in the summer | again | after lunch | before dinner
later: on Monday | on Friday | on Sunday | again | after lunch | before dinner
num: two | three | four | five | six | seven | eight | nine | ten | twelve | twenty | thirty | fifty
span: minutes | hours | days | weeks
unit: people | goals | points | dollars | videos | players | questions | minutes | hours
verb: play | watch | learn | cook | run | sing | dance | work | travel | sleep | study | talk
name: Anna | Peter | Maria | David | Lucy | Tom | Emma | Jack
wow: wow | great | amazing | oh no | well | look | okay | come on | listen
""")
EN_ROWS = _rows("""
{who} {did} the {adj} {obj} {place}.
{who} {did} the {obj} {time}.
{who} {did} a {adj} {obj} {time}.
welcome back to the show, I am {name}.
hello {name}, how are you {time}?
{wow}, what a {adj} {obj}!
did you see the {adj} {obj} {place}?
{name} and {name} want to {verb} {place}.
it takes {num} {span} to {verb} {place}.
we have {num} {span} to {verb}.
can you {verb} with {name}?
please put the {obj} on the {adj} {obj}.
the {adj} {obj} is very {adj}.
{wow}, {name} scored {num} points!
I think {name} is going to win the game.
where is the {adj} {obj}?
let us {verb} {place} {time}.
{wow}, that was so {adj}!
do not forget the {obj}, {name}.
there are {num} {unit} {place}.
why did {name} {verb} {place}?
in this video we will {verb} and {verb}.
I never saw a {adj} {obj} before.
{name} {did} {num} {unit} {time}.
""")
EN_SHOW = _rows("""
good evening everybody, I am {name}, and this is the {adj} show.
good evening, it is great to see {num} people {place}.
let me tell you a story about my {kin}.
{time} my {kin} {did} a {adj} {obj}.
I asked my {kin}, where is the {obj}?
so I asked {name}, why is the {obj} so {adj}?
and my {kin} said, it is {place}.
my {kin} told me to {verb} {num} minutes every day.
my doctor told me to run {num} minutes every day, so now I am {num} hours from home.
I told my {obj} a joke, and it did not laugh.
why did the {animal} carry a {adj} {obj}? because the {animal} lost the {obj}!
what did the {animal} say to the {animal}? you look so {adj} {time}!
my {kin} wanted to {verb}, but the {obj} was too {adj}.
now {name} is going to {verb} for us.
thank you very much, you were {adj}, good night!
thank you {name}, see you {later}.
""")
COUNTING = tuple(row for row in (*EN_ROWS, *EN_SHOW) if "{num}" in row)
"""The English templates with a number."""
EN_DIGITS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12", "twenty": "20", "thirty": "30", "fifty": "50",
}  # fmt: skip

# --------------------------------------------------------------------------------- Mandarin
ZH_SLOTS = _table("""
who: 我 | 你 | 他 | 她 | 我们 | 你们 | 他们 | 大家 | 老师 | 妈妈 | 爸爸 | 朋友 | 医生 | 司机 | 小孩 | 同学 | 哥哥 | 姐姐 | 球员 | 主持人
kin: 老师 | 妈妈 | 爸爸 | 朋友 | 医生 | 同学 | 哥哥 | 姐姐
time: 今天 | 明天 | 昨天 | 早上 | 晚上 | 下午 | 刚才 | 现在 | 周末 | 去年 | 春天 | 冬天
verb: 看书 | 唱歌 | 跳舞 | 吃饭 | 喝茶 | 睡觉 | 跑步 | 打球 | 学习 | 工作 | 旅行 | 做菜 | 画画 | 拍照 | 上网 | 聊天
did: 买了 | 看见 | 喜欢 | 打开 | 找到 | 忘记 | 带走 | 准备 | 介绍 | 送来 | 修好 | 弄坏
adj: 红色的 | 蓝色的 | 漂亮的 | 新的 | 旧的 | 大的 | 小的 | 便宜的 | 有名的 | 奇怪的 | 安静的 | 好吃的
obj: 手机 | 电脑 | 房子 | 汽车 | 衣服 | 苹果 | 蛋糕 | 电影 | 音乐 | 照片 | 桌子 | 椅子 | 书包 | 礼物 | 足球 | 视频
place: 在家里 | 在学校 | 在公园 | 在北京 | 在海边 | 在车站 | 在路上 | 在山上 | 在厨房 | 在门口
num: 三 | 四 | 五 | 六 | 七 | 八 | 九 | 十
unit: 个人 | 分钟 | 小时 | 天 | 次 | 块钱 | 本书 | 个球
span: 分钟 | 小时 | 天
adv: 非常 | 真的 | 有点 | 特别 | 已经 | 一直
feel: 高兴 | 生气 | 难过 | 开心 | 累 | 冷 | 热 | 忙 | 紧张 | 好笑
""")
ZH_ROWS = _rows("""
{time}{who}{place}{verb}。
{who}{did}{adj}{obj}。
{who}{time}看见{num}{unit}。
{who}{adv}{feel}。
欢迎大家来到我的频道，{time}我们一起{verb}。
{time}天气很好，{who}想去{verb}。
{who}的{obj}在哪里？
你{time}看到{adj}{obj}了吗？
{who}为什么{adv}{feel}？
太好了，{who}{did}{adj}{obj}！
请把{obj}放在{adj}{obj}旁边。
这个{obj}{adv}贵。
{who}和{who}{place}{verb}。
我觉得{who}会赢。
{place}有{num}{unit}。
不要{verb}，快来帮忙！
谢谢{who}，再见。
{time}的比赛我们进了{num}个球。
""")
ZH_SHOW = _rows("""
大家晚上好，{time}我给大家说一个笑话。
{time}我问{kin}，为什么{obj}在山上？
{kin}说，因为{obj}想去{verb}。
医生说我{time}要跑步{num}{span}，结果我现在离家{num}{span}。
我的{obj}{adv}聪明，它{time}自己去{verb}了。
{kin}说，你的{obj}在{kin}家里！
{time}{kin}买了{adj}{obj}，结果{adv}{feel}。
现在请{kin}来{verb}，大家欢迎！
谢谢大家，{time}的节目{adv}好笑，再见！
""")
ZH_DIGITS = dict(zip("三四五六七八九", "3456789", strict=True)) | {"十": "10"}

# -------------------------------------------------------------------------------- Cantonese
YUE_SLOTS = _table("""
time: 今日 | 聽日 | 尋日 | 而家 | 今晚 | 朝早 | 星期日
who: 我 | 你 | 佢 | 我哋 | 佢哋 | 阿媽 | 老師 | 朋友 | 細佬 | 大家
kin: 阿媽 | 老師 | 朋友 | 細佬
place: 喺屋企 | 喺學校 | 喺公園 | 喺街市 | 喺香港 | 喺海邊 | 喺巴士站
verb: 食飯 | 飲茶 | 瞓覺 | 睇戲 | 行街 | 唱歌 | 踢波 | 返工 | 傾偈
obj: 手機 | 雨傘 | 蛋糕 | 電影 | 相片 | 件衫 | 本書 | 架車 | 張枱
did: 買咗 | 睇到 | 鍾意 | 搵到 | 唔記得 | 整爛咗 | 帶走咗
adj: 好靚嘅 | 好平嘅 | 新嘅 | 舊嘅 | 細嘅 | 大嘅
feel: 開心 | 嬲 | 攰 | 凍 | 熱 | 忙 | 驚
""")
YUE_ROWS = _rows("""
{time}{who}{place}{verb}。
{who}{did}{adj}{obj}。
{who}好{feel}啊。
{time}天氣好好，{who}想{verb}。
你{time}做乜嘢啊？
唔該，{who}嘅{obj}喺邊度？
多謝{who}，{time}見。
{who}點解咁{feel}？
大家好，{time}我哋一齊{verb}。
嘩，{adj}{obj}！
{who}唔想{verb}。
""")
YUE_SHOW = _rows("""
大家好，{time}我同大家講個笑話。
{time}我問{kin}，點解{obj}喺公園？
{kin}話，因為{obj}想去{verb}。
{kin}{did}{adj}{obj}，真係好好笑！
多謝大家，{time}再見！
""")

# --------------------------------------------------------------------------------- Japanese
# A unit is written/kana; particles belong to the unit before them.
JA_SLOTS = _table("""
time: 今日/きょう | 明日/あした | 昨日/きのう | 今朝/けさ | 週末/しゅうまつ | 夏/なつ
who: 私/わたし | 友達/ともだち | 先生/せんせい | 母/はは | 父/ちち | 子供/こども | みんな/みんな | 彼女/かのじょ | 猫/ねこ | 犬/いぬ
place: 公園/こうえん | 学校/がっこう | 駅/えき | 家/いえ | 東京/とうきょう | 海/うみ | 店/みせ | 台所/だいどころ
obj: 本/ほん | 映画/えいが | 音楽/おんがく | 写真/しゃしん | 料理/りょうり | お茶/おちゃ | コーヒー/コーヒー | ケーキ/ケーキ | 花/はな | 車/くるま
verb: 買いました/かいました | 見ました/みました | 好きです/すきです | 作ります/つくります | 忘れました/わすれました | 探します/さがします
vp: 遊びます/あそびます | 歌います/うたいます | 勉強します/べんきょうします | 待っています/まっています | 寝ます/ねます | 働きます/はたらきます
adj: 楽しい/たのしい | 面白い/おもしろい | 大きい/おおきい | 小さい/ちいさい | 新しい/あたらしい | 美味しい/おいしい | 寒い/さむい | きれいな/きれいな
adjp: 楽しい/たのしい | 面白い/おもしろい | 大きい/おおきい | 小さい/ちいさい | 新しい/あたらしい | 美味しい/おいしい | 寒い/さむい | きれい/きれい
""")
JA_ROWS = _rows("""
{time}は/{time}わ {who}と {place}で {vp}。
{who}は/{who}わ {adj} {obj}を/{obj}お {verb}。
{time}、 {place}へ/{place}え 行きましょう。/いきましょう。
この {obj}は/{obj}わ とても {adjp}です。
{who}の {obj}は/{obj}わ どこですか？
皆さん、/みなさん、 こんにちは。/こんにちわ。 {time}は/{time}わ {obj}を/{obj}お {verb}。
ありがとうございます、 {who}。
{place}に {adj} {obj}が あります。
すごい、 {adj} {obj}！
""")
JA_SHOW = _rows("""
皆さん、/みなさん、 こんばんは。/こんばんわ。 {time}は/{time}わ {adj} 話です。/はなしです。
{time}、 {who}に 聞きました。/ききました。 {obj}は/{obj}わ どこですか？
{who}は/{who}わ 言いました。/いいました。 {obj}は/{obj}わ {place}に あります。
{obj}が {adj}ので、 {who}は/{who}わ {place}で {vp}。
それは/それわ {who}の {obj}です！
ありがとうございました。 また {time}！
""")

# ----------------------------------------------------------------------------------- Korean
KO_SLOTS = _table("""
time: 오늘 | 내일 | 어제 | 아침에 | 저녁에 | 주말에 | 지금
who: 나는 | 우리는 | 친구가 | 선생님이 | 엄마가 | 아빠가 | 동생이 | 그 사람이 | 강아지가 | 모두
kin: 친구가 | 선생님이 | 엄마가 | 아빠가 | 동생이
place: 공원에서 | 학교에서 | 집에서 | 서울에서 | 바다에서 | 시장에서 | 회사에서 | 부엌에서
obj: 책을 | 영화를 | 음악을 | 사진을 | 커피를 | 물을 | 빵을 | 꽃을 | 자동차를 | 전화를
verb: 샀어요 | 봤어요 | 좋아해요 | 찾았어요 | 잊었어요 | 만들어요 | 준비해요
vp: 놀아요 | 노래해요 | 공부해요 | 기다려요 | 자요 | 일해요 | 춤춰요
adj: 예쁜 | 큰 | 작은 | 새로운 | 맛있는 | 재미있는 | 오래된
""")
KO_ROWS = _rows("""
{time} {who} {place} {vp}.
{who} {adj} {obj} {verb}.
{time} {place} {adj} {obj} {verb}.
안녕하세요, {time} {place} 반갑습니다.
{who} 왜 {place} {vp}?
{time} {place} 정말 재미있어요!
{time} {place} 날씨가 정말 좋아요.
감사합니다, {time} {place} 만나요.
같이 {place} {obj} {verb}.
여러분, {time} {who} {vp}.
""")
KO_SHOW = _rows("""
여러분, 안녕하세요, {time} {adj} 이야기를 준비해요.
{time} {kin} 왜 {obj} {verb}?
{kin} 말했어요, {adj} {obj} {verb}!
그래서 {who} {place} {obj} {verb}.
감사합니다 여러분, {time} {place} 또 만나요!
""")

TABLES = {
    "en": (EN_SLOTS, EN_ROWS, EN_SHOW),
    "zh": (ZH_SLOTS, ZH_ROWS, ZH_SHOW),
    "yue": (YUE_SLOTS, YUE_ROWS, YUE_SHOW),
    "ja": (JA_SLOTS, JA_ROWS, JA_SHOW),
    "ko": (KO_SLOTS, KO_ROWS, KO_SHOW),
}


def _fill(template: str, slots: dict[str, tuple[str, ...]], rng: random.Random) -> str:
    """The template with its slots filled; a repeated slot gets different fillings."""
    used: dict[str, set[str]] = {}
    out, rest = "", template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        seen = used.setdefault(name, set())
        value = rng.choice([v for v in slots[name] if v not in seen])
        seen.add(value)
        out += before + value
    return out + rest


def _bare(word: str) -> str:
    return "".join(c for c in word if c not in PUNCTUATION)


def _english(rng: random.Random, template: str) -> Sentence:
    words = _fill(template, EN_SLOTS, rng).split()
    for i, (a, b) in enumerate(pairwise(words)):
        if a == "a" and b[0] in "aeiou":
            words[i] = "an"
    shown, start = [], True
    for w in words:
        bare, tail = w.rstrip(",.!?"), w[len(w.rstrip(",.!?")) :]
        face = EN_DIGITS.get(bare, bare)
        shown.append((face[0].upper() + face[1:] if start else face) + tail)
        start = tail in (".", "!", "?")
    return Sentence("en", tuple(shown), tuple(_bare(w).lower() for w in words), tuple(words))


def _han(rng: random.Random, template: str, lang: str) -> Sentence:
    """Chinese characters: a unit is a character with the punctuation after it."""
    digits = ZH_DIGITS if lang == "zh" else {}
    units: list[str] = []
    for c in _fill(template, TABLES[lang][0], rng):
        if c in PUNCTUATION:
            units[-1] += c
        else:
            units.append(c)
    shown = tuple(digits.get(u[0], u[0]) + u[1:] for u in units)
    return Sentence(lang, shown, tuple(u[0] for u in units), tuple(units))


def _japanese(rng: random.Random, template: str) -> Sentence:
    shown, spoken = [], []
    for unit in template.split():
        face, _, kana = unit.partition("/")
        state = rng.getstate()
        left = _pick(face, rng, 0)
        rng.setstate(state)  # both faces of a unit take the same filling
        shown.append(left)
        spoken.append(_pick(kana or face, rng, 1))
    return Sentence("ja", tuple(shown), tuple(_bare(u) for u in shown), tuple(spoken))


def _pick(unit: str, rng: random.Random, side: int) -> str:
    before, brace, rest = unit.partition("{")
    if not brace:
        return unit
    name, _, after = rest.partition("}")
    return before + rng.choice(JA_SLOTS[name]).split("/")[side] + after


def _korean(rng: random.Random, template: str) -> Sentence:
    units = tuple(_fill(template, KO_SLOTS, rng).split())
    return Sentence("ko", units, tuple(_bare(u) for u in units), units)


def compose(rng: random.Random, lang: str, show: float = 0.3) -> Sentence:
    """A sentence of ``lang``; from the talk-show templates with probability ``show``."""
    _, rows, stage = TABLES[lang]
    return realise(rng, lang, rng.choice(stage if rng.random() < show else rows))


def realise(rng: random.Random, lang: str, template: str) -> Sentence:
    """One filling of a template, for example ``EN_SHOW[0]``."""
    if lang == "en":
        return _english(rng, template)
    if lang == "ja":
        return _japanese(rng, template)
    if lang == "ko":
        return _korean(rng, template)
    return _han(rng, template, lang)


def splice(rng: random.Random, lang: str) -> Sentence:
    """Words of a language in an order that no template has.

    From templates alone a network learns which word follows which as well as how words sound, and
    leaves out what it hears in a place where it never stood.
    """
    slots, rows, stage = TABLES[lang]
    if lang in ("zh", "yue"):  # written without spaces: words are known where they fill slots
        parts = [f"{{{name}}}" for name in rng.choices(list(slots), k=rng.randint(2, 5))]
        return realise(rng, lang, "".join(parts) + rng.choice("。？！"))
    words: list[str] = []
    for _ in range(rng.randint(2, 4)):
        row = rng.choice(rows + stage).split()
        begins = not words or words[-1][-1] in ".!?"
        # No capital that the templates lack: the tokenizer does not know it.
        start = 0 if begins and lang == "en" else rng.randrange(len(row))
        words += row[start : start + rng.randint(1, 4)]
    return realise(rng, lang, " ".join(words))


def is_heldout(sentence: Sentence) -> bool:
    """One sentence in ten, by a hash of its bare text, is never used in training."""
    key = (sentence.lang + sentence.plain).encode()
    return hashlib.blake2b(key, digest_size=1).digest()[0] < 26


def sample(rng: random.Random, lang: str, split: str, show: float = 0.3) -> Sentence:
    """A sentence of the split ``"train"`` or ``"heldout"``."""
    while True:
        sentence = compose(rng, lang, show)
        if is_heldout(sentence) == (split == "heldout"):
            return sentence


def sample_from(rng: random.Random, lang: str, template: str, split: str) -> Sentence:
    """A filling of one template that belongs to the split.

    Raises:
        ValueError: the template has no filling in that split.
    """
    for _ in range(2000):
        sentence = realise(rng, lang, template)
        if is_heldout(sentence) == (split == "heldout"):
            return sentence
    raise ValueError(f"no {split} filling of {template!r}")


def characters() -> str:
    """Every written character of the Asian grammars, with digits and punctuation, sorted."""
    seen = set("0123456789") | set(PUNCTUATION)
    for lang in ("zh", "yue", "ja", "ko"):
        slots, rows, stage = TABLES[lang]
        for text in (*rows, *stage, *(v for values in slots.values() for v in values)):
            for unit in text.split():
                face = unit.split("/")[0]
                while "{" in face:
                    face = face[: face.index("{")] + face[face.index("}") + 1 :]
                seen |= set(face)
    return "".join(sorted(seen))


if __name__ == "__main__":
    _rng = random.Random(0)
    for _lang in LANGUAGES:
        for _template in TABLES[_lang][1] + TABLES[_lang][2]:
            _s = realise(_rng, _lang, _template)
            print(_lang, "|", _s.text, "|", _s.plain, "|", _s.speech)
