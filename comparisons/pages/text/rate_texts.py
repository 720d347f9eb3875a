"""The words of the Duel in English and Chinese, by key: the static ones, and those that are said beside its pictures."""

from typing import Final

from comparisons.study.plan import QUESTIONS

ENGLISH: Final = {
    "consent": (
        "<div class='intro'><p><b>Before you begin.</b> You see a corrupted face of a person who does not exist, and pictures "
        "that restoration methods made of it. You judge the pictures; the names come after your answer. What was hidden or "
        "blurred is invented, not recovered.</p>"
        "<p class='note'><b>What is kept:</b> your answer, which pictures it was about, the time it took, a remark if you "
        "write one, and a random number that this browser keeps. No name, no address. Rows are kept for as long as the study "
        "is; they may be published. <b>To be forgotten</b>, send the random number, which stands below the pictures, "
        "to the owner of this page. "
        "Taking part is voluntary, and you may stop at any time. By asking for pictures you agree.</p></div>"
    ),
    "question_realism": QUESTIONS["realism"],
    "question_fidelity": QUESTIONS["fidelity"],
    "question": "The question",
    "left": "A is better (1)",
    "tie": "A tie (2)",
    "both_bad": "Both are bad (3)",
    "right": "B is better (4)",
    "skip": "Skip (5)",
    "next": "Show pictures (n)",
    "pause": "Pause (p)",
    "best_of_four": "The best",
    "worst_of_four": "The worst",
    "which_part": "Which part is worse in the one that you did not choose?",
    "part_eyes": "Eyes",
    "part_mouth": "Mouth",
    "part_skin": "Skin",
    "part_hair": "Hair",
    "part_seam": "Seam",
    "part_identity": "Identity",
    "part_other": "Something else",
    "kept": "What is kept, your number, remark, keys",
    "remark": "A remark on these pictures, at most 200 characters; do not name anyone",
    "keys": (
        "<p class='note'>Keys: 1 to 5 or the arrows answer, n brings the next pictures. Hold f to see the corrupted face in "
        "place of both results, hold z to look closer at all of them at once. A click on a result chooses it.</p>"
    ),
    "login_why": (
        "<p class='note'><b>Signing in.</b> This page asks you to sign in with Hugging Face before you vote, so that every "
        "person counts as one. Your login is turned into a number under a secret of the page's owner; the number takes the "
        "place of the random one, and the login itself is not written down.</p>"
    ),
}
CHINESE: Final = {
    "consent": (
        "<div class='intro'><p><b>开始之前。</b>您将看到一张受损的人脸（此人并不存在），以及几种修复方法各自给出的结果。"
        "请先评判图片；您作答之后才会显示方法名称。被遮挡或变模糊的部分是凭空生成的，并非真实还原。</p>"
        "<p class='note'><b>会保存的内容：</b>您的回答、所评判的图片、用时、您填写的备注（如有），以及本浏览器保存的一个随机编号。"
        "不保存姓名，不保存地址。记录在研究期间保留，并可能公开发布。<b>如需删除</b>，请把图片下方的随机编号发给本页面的所有者。"
        "参与完全自愿，可随时停止。索取图片即表示同意。</p></div>"
    ),
    "question_realism": "哪一张更像真实、未受损的照片？",
    "question_fidelity": "哪一张更接近原图？",
    "question": "问题",
    "left": "A 更好 (1)",
    "tie": "不分上下 (2)",
    "both_bad": "两张都差 (3)",
    "right": "B 更好 (4)",
    "skip": "跳过 (5)",
    "next": "显示图片 (n)",
    "pause": "暂停 (p)",
    "best_of_four": "最好的一个",
    "worst_of_four": "最差的一个",
    "which_part": "您没有选的那一张，哪一部分更差？",
    "part_eyes": "眼睛",
    "part_mouth": "嘴",
    "part_skin": "皮肤",
    "part_hair": "头发",
    "part_seam": "接缝",
    "part_identity": "身份",
    "part_other": "其他",
    "kept": "会保存哪些内容、您的编号、备注、按键",
    "remark": "对这些图片的备注，最多 200 字；请勿提及任何人的姓名",
    "keys": (
        "<p class='note'>按键：1 至 5 或方向键作答；下一组自动出现，n 立即显示，p 暂停。"
        "按住 f 可在结果处查看受损的人脸，按住 z 可同时放大所有图片。"
        "点击某个结果即选择它。</p>"
    ),
    "login_why": (
        "<p class='note'><b>登录。</b>投票前请先用 Hugging Face 登录，以便每个人只算作一位评判者。"
        "您的登录名会用本页所有者的密钥换算成一个编号，代替随机编号；登录名本身不会被记录。</p>"
    ),
}

DUEL: Final[dict[str, dict[str, str]]] = {
    "en": {
        "result_a": "Result A",
        "result_b": "Result B",
        "result_c": "Result C",
        "result_d": "Result D",
        "four_voted": "Vote saved: {best} is the best, {worst} the worst.",
        "corrupted": "The corrupted face",
        "original": "The original",
        "practice": "Practice, not counted.",
        "counter": "Pair {number} of at most {total}.",
        "counter_minutes": "Pair {number} of at most {total}, {minutes} min left.",
        "counter_four": "Four {number} of at most {total}.",
        "counter_four_minutes": "Four {number} of at most {total}, {minutes} min left.",
        "your_number": "Your number: <code>{rater}</code>",
        "code": "Your completion code:",
        "return_to": "Back to where you came from",
        "voted": "Vote saved: <b>{answer}</b>.",
        "skipped": "Skipped; the methods behind these pictures are not shown.",
        "said_left": "A is better",
        "said_right": "B is better",
        "said_tie": "a tie",
        "said_both_bad": "both bad",
        "truth": "The original photograph",
        "spoilt": "A face corrupted on purpose",
        "to_see": "an attention check",
        "failed": "This did not work",
        "sorry": "Sorry",
        "apology": (
            "Something broke on our side, and it has been logged. Nothing of yours was lost; please try again."
        ),
    },
    "zh": {
        "result_a": "结果 A",
        "result_b": "结果 B",
        "result_c": "结果 C",
        "result_d": "结果 D",
        "four_voted": "已保存您的投票：{best} 最好，{worst} 最差。",
        "corrupted": "受损的人脸",
        "original": "原图",
        "practice": "练习，不计入结果。",
        "counter": "第 {number} 对，最多 {total} 对。",
        "counter_minutes": "第 {number} 对，最多 {total} 对，还需约 {minutes} 分钟。",
        "counter_four": "第 {number} 组，最多 {total} 组。",
        "counter_four_minutes": "第 {number} 组，最多 {total} 组，还需约 {minutes} 分钟。",
        "your_number": "您的编号：<code>{rater}</code>",
        "code": "您的完成码：",
        "return_to": "返回来处",
        "voted": "已保存您的投票：<b>{answer}</b>。",
        "skipped": "已跳过；不公布这些图片所用的方法。",
        "said_left": "A 更好",
        "said_right": "B 更好",
        "said_tie": "不分上下",
        "said_both_bad": "两张都差",
        "truth": "原始照片",
        "spoilt": "故意损坏的人脸",
        "to_see": "注意力检查",
        "failed": "操作未成功",
        "sorry": "抱歉",
        "apology": "我们这边出了问题，已记录在案。您的内容没有丢失，请再试一次。",
    },
}
"""What the Duel says beside its pictures; {words} are filled in."""
