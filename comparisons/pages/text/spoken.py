"""What the page says while it goes on, in English and Chinese: the first language that the browser asks for chooses.

These sentences stand between pictures or hold numbers, so they are put in here and not in the browser, as the static ones
of `comparisons.pages.text.texts` are.
"""

import re
from functools import lru_cache
from typing import Final, Literal

import gradio as gr
from gradio.context import LocalContext

from comparisons.pages.text import problem_texts, progress_texts
from comparisons.pages.text.term_texts import TERMS

Language = Literal["en", "zh"]

DUEL: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "result_a": "Result A",
        "result_b": "Result B",
        "damaged": "The damaged face",
        "original": "The original",
        "practice": "Practice, not counted.",
        "counter": "Pair {number} of at most {total}.",
        "your_number": "Your number: <code>{rater}</code>",
        "voted": "Your vote, <b>{answer}</b>, is written down.",
        "skipped": "Skipped; nothing is told about this pair.",
        "said_left": "A is better",
        "said_right": "B is better",
        "said_tie": "a tie",
        "said_both_bad": "both bad",
        "truth": "The original photograph",
        "spoilt": "A face spoilt on purpose",
        "to_see": "to see that people look",
        "failed": "This did not work",
        "sorry": "Sorry",
        "apology": (
            "Something broke on our side, and it has been written down. Nothing of yours was lost; please try again."
        ),
    },
    "zh": {
        "result_a": "结果 A",
        "result_b": "结果 B",
        "damaged": "受损的人脸",
        "original": "原图",
        "practice": "练习，不计入结果。",
        "counter": "第 {number} 对，最多 {total} 对。",
        "your_number": "您的编号：<code>{rater}</code>",
        "voted": "您的选择（<b>{answer}</b>）已记录。",
        "skipped": "已跳过；不公布这一对的信息。",
        "said_left": "A 更好",
        "said_right": "B 更好",
        "said_tie": "不分上下",
        "said_both_bad": "两张都差",
        "truth": "原始照片",
        "spoilt": "故意损坏的人脸",
        "to_see": "用于确认评判者确实在看图",
        "failed": "操作未成功",
        "sorry": "抱歉",
        "apology": "我们这边出了问题，已记录在案。您的内容没有丢失，请再试一次。",
    },
}
"""What the Duel says beside its pictures; {words} are filled in."""

_SENTENCES: Final = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        *progress_texts.SENTENCES,
        *problem_texts.SENTENCES,
        (r"This pair is not known here any more; .*", "这一对已不在记录中，请索取下一对。"),
        (r"This pair was given to somebody else; .*", "这一对是给别人的，请索取下一对。"),
        (r"This pair already has its answer; .*", "这一对已有回答，请索取下一对。"),
        (r"This pair was left open for too long .*", "这一对搁置太久，不再计入，请索取下一对。"),
        (r"There is no pair to vote on yet: .*", "还没有可评判的图片对，请先索取一对。"),
        (
            r"You have judged (\d+) pairs, which is all .*",
            r"您已评判 \1 对，这是对每个人的全部请求。谢谢您：本研究全靠认真看图的人。",
        ),
        (r"A duel needs two methods that work here, .*", "至少需要两种可用的方法，而这里不足两种；原因请见对比页。"),
        (
            r"That was more than (\d+) \w+ in (\d+) s; look .* in (\d+) s\.",
            r"\2 秒内超过了 \1 次；请细看图片，\3 秒后继续。",
        ),
        (r"expected a comment of at most (\d+) characters, got (\d+); .*", r"备注最多 \1 字，现有 \2 字，请缩短。"),
        (r"expected a line of printable text in column 'comment', .*", "备注里有无法显示的字符，请改写。"),
        (r"Sign in with Hugging Face first: .*", "请先用 Hugging Face 登录：本研究中每人算作一位评判者。"),
        (r"Your answers were taken out at your wish; .*", "您的回答已按您的意愿删除，此登录名不再参与。"),
    )
)
"""Sentences as they are made elsewhere, those of the Duel below, and what they are in Chinese."""
_ENDS: Final = re.compile(r"(?<=[.!?]) +")


def language_of(request: gr.Request | None = None) -> Language:
    """The language that a browser asks for first, Chinese or else English.

    Args:
        request: None takes that of the event under way, if there is one.
    """
    request = request or LocalContext.request.get(None)
    asked = str(request.headers.get("accept-language", "")) if request is not None else ""
    return "zh" if asked.strip().lower().startswith("zh") else "en"


def say(key: str, language: Language, **words: object) -> str:
    """A sentence of the Duel in a language.

    Args:
        key: of `DUEL`.
        language: which.
        words: to fill in; the caller escapes what is not its own.

    Raises:
        KeyError: if there is no such sentence, or a word is missing.
    """
    return DUEL[language][key].format(**words)


def translated(sentence: str, language: Language) -> str:
    """What went wrong or has been done, in a language; in English where nobody has put it into another.

    Args:
        sentence: or several of them; either all of them are put into the language or none is.
        language: which.
    """
    if language == "en":
        return sentence
    whole = _chinese(sentence)
    if whole is not None:
        return whole
    parts = [_chinese(part) for part in _ENDS.split(sentence.strip())]
    return sentence if None in parts else "".join(filter(None, parts))


def here(sentence: str) -> str:
    """A sentence in the language of the browser whose event is under way."""
    return translated(sentence, language_of())


@lru_cache(maxsize=2048)
def _chinese(sentence: str) -> str | None:
    if sentence in TERMS:
        return TERMS[sentence]
    matches = ((pattern.fullmatch(sentence), chinese) for pattern, chinese in _SENTENCES)
    return next((match.expand(chinese) for match, chinese in matches if match), None)
