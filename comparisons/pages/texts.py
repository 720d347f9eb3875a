"""The static sentences of the study, in English and Chinese; the browser's language chooses."""

from typing import Final

import gradio as gr

from comparisons.plan import QUESTIONS

ENGLISH: Final = {
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
}
CHINESE: Final = {
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
}

I18N: Final = gr.I18n(**{"en": ENGLISH, "zh": CHINESE, "zh-CN": CHINESE})


def text(key: str) -> str:
    """A sentence as the browser will translate it; it must be the only one in its component.

    Raises:
        KeyError: if there is no such sentence.
    """
    if key not in ENGLISH:
        raise KeyError(key)
    return str(I18N(key))
