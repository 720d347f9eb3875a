"""The static sentences of the page in English and Chinese, those of the study below; the browser's language chooses.

A component whose text is one sentence takes `I18N(key)` or `text(key)`, and Gradio translates it. Markup with several of them in
it takes `tag` and `named`: both languages travel, and `viewer.js` shows the Chinese where the browser asks for it.
"""

from html import escape
from typing import Final

import gradio as gr

from comparisons.pages.text import about_texts, compare_texts, results_texts, video_texts
from comparisons.pages.text.spoken import Language, translated
from comparisons.study.plan import QUESTIONS

ENGLISH: Final = {
    **about_texts.ENGLISH,
    **compare_texts.ENGLISH,
    **results_texts.ENGLISH,
    **video_texts.ENGLISH,
    "consent": (
        "<div class='intro'><p><b>Before the first pair.</b> You see a damaged face of nobody and two pictures that "
        "restoration methods made of it. You judge the pictures; the names come after your answer. Hidden parts are "
        "invented, not recovered.</p>"
        "<p class='note'><b>What is kept:</b> your answer, which pair it was about, the time it took, a remark if you "
        "write one, and a random number that this browser keeps. No name, no address. Rows are kept for as long as the study "
        "is; they may be published. <b>To be forgotten</b>, send the random number below to the owner of this page. "
        "Taking part is voluntary, and you may stop at any time. By asking for a pair you agree.</p></div>"
    ),
    "question_realism": QUESTIONS["realism"],
    "question_fidelity": QUESTIONS["fidelity"],
    "question": "The question",
    "left": "A is better (1)",
    "tie": "A tie (2)",
    "both_bad": "Both are bad (3)",
    "right": "B is better (4)",
    "skip": "Skip (5)",
    "next": "Show me a pair (n)",
    "remark": "A remark on this pair, at most 200 characters; please name nobody",
    "keys": (
        "<p class='note'>Keys: 1 to 5 or the arrows answer, n brings the next pair. Hold f to see the damaged face in "
        "place of both results, hold z to look closer at all of them at once. A click on a result chooses it.</p>"
    ),
    "before_after": "<h2>Before and after</h2>",
    "compare_keys": (
        "<p class='note'>Keys at the pictures: arrows move the edge, + and - zoom, 0 shows the whole, f flips while it is "
        "held, m outlines the mask, [ and ] change the right picture, { and } the left. Anywhere: Ctrl + Enter runs, Escape "
        "cancels.</p>"
    ),
    "which_best": "<h2>Which is the best?</h2>",
    "by_name": "Seen by name, so this counts as an open vote",
    "write_down": "Write down my choice",
    "take": (
        "<div><h2>Take it with you</h2><p class='note'>Every picture as PNG, all scores, and the recipe that brings the same "
        "comparison back: drop the zip anywhere on this page.</p></div>"
    ),
    "everything": "Everything (zip)",
    "strip": "All pictures in one strip (PNG)",
    "drop_recipe": "Bring a comparison back: its zip or recipe.json",
    "maps": (
        "<div><h2>Where it errs</h2><p class='note'>Distance from the truth at every pixel, on one colour scale for all "
        "methods. The maps can also be chosen in the viewer above.</p></div>"
    ),
    "error_map": "Error map",
    "no_maps": "No maps",
    "visit": (
        "<div><h2>This visit</h2><p class='note'>Your last eight comparisons; a click brings one back. They are kept in "
        "memory for an hour and nowhere else.</p></div>"
    ),
    "comparisons": "Comparisons of this visit",
    "scores": "<h2>Scores</h2>",
    "over_share": (
        "<div><h2>Over the hidden share</h2><p class='note'>Every method on this face under black boxes of growing size, three "
        "places each: mean and spread.</p></div>"
    ),
    "draw": "Draw the chart",
    "cancel": "Cancel",
    "measure": "Measure",
    "best_by": "Best by",
    "measured_over": "Measured over",
    "login": (
        "<p class='note'><b>Signing in.</b> This page asks you to sign in with Hugging Face before you vote, so that every "
        "person counts as one. Your login is turned into a number under a secret of the page's owner; the number takes the "
        "place of the random one, and the login itself is not written down.</p>"
    ),
}
CHINESE: Final = {
    **about_texts.CHINESE,
    **compare_texts.CHINESE,
    **results_texts.CHINESE,
    **video_texts.CHINESE,
    "consent": (
        "<div class='intro'><p><b>开始之前。</b>您将看到一张受损的人脸（此人并不存在），以及两种修复方法各自给出的结果。"
        "请先评判图片；您作答之后才会显示方法名称。被遮挡的部分是凭空生成的，并非真实还原。</p>"
        "<p class='note'><b>会保存的内容：</b>您的回答、所评判的图片对、用时、您填写的备注（如有），以及本浏览器保存的一个随机编号。"
        "不保存姓名，不保存地址。记录在研究期间保留，并可能公开发布。<b>如需删除</b>，请把下方的随机编号发给本页面的所有者。"
        "参与完全自愿，可随时停止。索取图片对即表示同意。</p></div>"
    ),
    "question_realism": "哪一张更像真实、未受损的照片？",
    "question_fidelity": "哪一张更接近原图？",
    "question": "问题",
    "left": "A 更好 (1)",
    "tie": "不分上下 (2)",
    "both_bad": "两张都差 (3)",
    "right": "B 更好 (4)",
    "skip": "跳过 (5)",
    "next": "显示一对图片 (n)",
    "remark": "对这一对图片的备注，最多 200 字；请勿提及任何人的姓名",
    "keys": (
        "<p class='note'>按键：1 至 5 或方向键作答，n 显示下一对。按住 f 可在结果处查看受损的人脸，按住 z 可同时放大所有图片。"
        "点击某个结果即选择它。</p>"
    ),
    "before_after": "<h2>前后对比</h2>",
    "compare_keys": (
        "<p class='note'>图片区按键：方向键移动分界线，+ 和 - 缩放，0 显示全图，按住 f 翻看另一张，m 显示遮挡区轮廓，"
        "[ 和 ] 切换右图，{ 和 } 切换左图。任意位置：Ctrl + Enter 运行，Escape 取消。</p>"
    ),
    "which_best": "<h2>哪一种最好？</h2>",
    "by_name": "您已看到方法名称，因此计为公开投票",
    "write_down": "记下我的选择",
    "take": (
        "<div><h2>带走结果</h2><p class='note'>全部图片（PNG）、全部分数，以及可重现同一次对比的配方："
        "把 zip 拖到本页任意位置即可。</p></div>"
    ),
    "everything": "全部内容 (zip)",
    "strip": "所有图片合成一条 (PNG)",
    "drop_recipe": "重现一次对比：其 zip 或 recipe.json",
    "maps": (
        "<div><h2>误差在哪里</h2><p class='note'>每个像素与原图的差距，所有方法使用同一色标。"
        "误差图也可在上方的对比区中选择。</p></div>"
    ),
    "error_map": "误差图",
    "no_maps": "不显示",
    "visit": (
        "<div><h2>本次访问</h2><p class='note'>您最近的八次对比，点击即可恢复。"
        "仅在内存中保留一小时，不存于别处。</p></div>"
    ),
    "comparisons": "本次访问的对比",
    "scores": "<h2>分数</h2>",
    "over_share": (
        "<div><h2>随遮挡比例的变化</h2><p class='note'>各方法在这张脸上、面积递增的黑框下的表现，"
        "每种面积三个位置：均值与离散程度。</p></div>"
    ),
    "draw": "绘制图表",
    "cancel": "取消",
    "measure": "指标",
    "best_by": "按此指标评最佳",
    "measured_over": "测量区域",
    "login": (
        "<p class='note'><b>登录。</b>投票前请先用 Hugging Face 登录，以便每个人只算作一位评判者。"
        "您的登录名会用本页所有者的密钥换算成一个编号，代替随机编号；登录名本身不会被记录。</p>"
    ),
}

_CHINESE_OF: Final = {words: CHINESE[key] for key, words in ENGLISH.items() if key in CHINESE}

I18N: Final = gr.I18n(**{"en": ENGLISH, "zh": CHINESE, "zh-CN": CHINESE})


def text(key: str) -> str:
    """A sentence as the browser will translate it; it must be the only one in its component.

    Raises:
        KeyError: if there is no such sentence.
    """
    if key not in ENGLISH:
        raise KeyError(key)
    return str(I18N(key))


def said(key: str, language: Language) -> str:
    """A static sentence in a language, for what only the server can put it into, such as a table.

    Raises:
        KeyError: if there is no such sentence.
    """
    return CHINESE[key] if language == "zh" else ENGLISH[key]


def chinese_of(words: str) -> str:
    """What words are in Chinese; themselves where nobody has put them into it."""
    return _CHINESE_OF.get(words) or translated(words, "zh")


def tag(name: str, words: str, more: str = "") -> str:
    """An element that holds nothing but words.

    Args:
        name: of the element.
        words: in English; what nobody has put into Chinese stays as it is in either language.
        more: further attributes.
    """
    chinese = chinese_of(words)
    other = "" if chinese == words else f' data-zh="{escape(chinese)}"'
    return f"<{name}{more and f' {more}'}{other}>{escape(words)}</{name}>"


def named(key: str) -> str:
    """The attributes by which a screen reader names an element.

    Raises:
        KeyError: if there is no such sentence.
    """
    return labelled(ENGLISH[key])


def labelled(words: str) -> str:
    """The attributes by which a screen reader names an element, from the words themselves."""
    return f'aria-label="{escape(words)}" data-zh-label="{escape(chinese_of(words))}"'
