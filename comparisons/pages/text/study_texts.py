"""What is wrong with a study's file, or with the way into a study, in Chinese by the English template."""

from typing import Final

FILES: Final = {
    "{file}, line {line}: {mistake}": "{file} 第 {line} 行：{mistake}",
    "{file}, line {line}: this is no TOML ({reason}); write name = value, words in quotation marks.": (
        "{file} 第 {line} 行：不是 TOML（{reason}）；请写成 名称 = 值，文字加引号。"
    ),
    "{key} is missing; write {key} = {example}": "缺少 {key}；请写 {key} = {example}",
    "expected a table here, got {got}; write [{key}] on a line of its own.": "此处应为一个表，现为 {got}；请单独一行写 [{key}]。",
    "expected {expected} for {key}, got {got}; write for instance {key} = {example}": (
        "{key} 应为{expected}，现为 {got}；例如可写 {key} = {example}"
    ),
    "there is no {key} here; did you mean {close}?": "此处没有 {key}；您是指 {close} 吗？",
    "there is no {key} here; write one of {known}.": "此处没有 {key}；可写的有 {known}。",
    "one of {choices}": "{choices} 之一",
    "a name of small letters, digits and _": "由小写字母、数字和 _ 组成的名称",
    "at most {most} characters": "最多 {most} 个字符",
    "something and not nothing": "非空内容",
    "{kind} {bounds}": "{kind}，{bounds}",
    "{low} and {high}": "{low}且{high}",
    "from {limit} up": "不小于 {limit}",
    "above {limit}": "大于 {limit}",
    "at most {limit}": "不大于 {limit}",
    "below {limit}": "小于 {limit}",
    "a whole number": "整数",
    "a number": "数字",
    "true or false": "true 或 false",
    "words in quotation marks": "加引号的文字",
    "a list in square brackets": "方括号中的列表",
    "a table": "一个表",
    "{other} has the key {key} too; write another one in one of the two.": "{other} 也使用 key {key}；请在其中一个文件里另写一个。",
    "expected the file of a study at {path}, found none; write one with: python -m comparisons.study new {path}": (
        "{path} 处没有研究文件；可用命令新建：python -m comparisons.study new {path}"
    ),
    "expected a text of at most {most} bytes in UTF-8 at {path}; save it so": (
        "{path} 应为不超过 {most} 字节的 UTF-8 文本；请这样保存"
    ),
    "{trials} repeats and checks leave no room in a block of {block}; write a larger block or fewer of them.": (
        "{trials} 个重复与检查在长度为 {block} 的区组里没有余地；请加大 block 或减少它们。"
    ),
    "pairs are chosen adaptively, fours are not; write adaptive = false.": "只有成对比较可以自适应，四选不行；请写 adaptive = false。",
    "what is worse is asked of pairs, not of fours; write follow_up = 0.": "只有成对比较可以追问何处更差，四选不行；请写 follow_up = 0。",
    "best is asked of people who see the names; write another name.": "best 用于看得到名称的人；请另写一个名称。",
    'the question {ask} has no words; write en = "…" below it, or ask realism or fidelity.': (
        '问题 {ask} 没有措辞；请在其下写 en = "…"，或使用 realism 或 fidelity。'
    ),
    "there is no scenario {name} for a study; write one of {choices}.": "研究没有情形 {name}；可写的有 {choices}。",
    "these scenarios have no bin {name}; write one of {choices}.": "这些情形没有区间 {name}；可写的有 {choices}。",
    'expected a folder for the pool of these pictures, got none; write folder = "pool".': (
        '未给出这些图片的图库文件夹；请写 folder = "pool"。'
    ),
    "there is no method {name}; write some of {known}.": "没有方法 {name}；可写的有 {known}。",
    "expected at least {least} methods, each once, got {many}; name others.": (
        "至少需要 {least} 种方法，每种一次，现为 {many} 种；请另写。"
    ),
    'the tier panel and the panel\'s study belong together; write tier = "panel" and panel_study = "…".': (
        'panel 层级与面板的研究编号须一起给出；请写 tier = "panel" 和 panel_study = "…"。'
    ),
    "expected an address that begins with https://, got {got}; correct it.": "地址应以 https:// 开头，现为 {got}；请更正。",
}

ENTRIES: Final = {
    "This link is not whole: copy it once more, from its first letter to its last.": "链接不完整：请从头到尾重新复制。",
    "This link is for another study, or for an earlier version of this one; ask for a new link.": (
        "该链接属于另一项研究，或本研究的早先版本；请索取新链接。"
    ),
    "This link was not made by the owner of this study; ask the owner for one.": "该链接并非由本研究的所有者签发；请向所有者索取。",
    "This link has expired; ask the owner of the study for a new one.": "该链接已过期；请向研究的所有者索取新链接。",
    "This link has been taken back by the owner of the study, and opens nothing any more.": "该链接已被研究的所有者收回，不再有效。",
    "There is no such link of this study; give the whole link, or its number in the list of invitations.": (
        "本研究没有这个链接；请给出完整链接，或邀请列表中的编号。"
    ),
    "This address is not whole: open the study from the panel's own page.": "地址不完整：请从面板自己的页面打开研究。",
    "This address is of another study of the panel's; open this study from the panel's own page.": (
        "该地址属于面板的另一项研究；请从面板自己的页面打开本研究。"
    ),
    "There is no study here that this link is for; ask whoever sent it.": "这里没有该链接对应的研究；请询问发送者。",
    "There is no study here that this address is of; open it from the panel's own page.": (
        "这里没有该地址对应的研究；请从面板自己的页面打开。"
    ),
    "This study is for invited raters: open the link that you were sent.": "本研究只面向受邀的评判者：请打开发给您的链接。",
    "This study has the {count} raters that it needs, so that nobody new is asked. Thank you for coming.": (
        "本研究所需的 {count} 位评判者已满，不再接受新的评判者。感谢您的到来。"
    ),
}

ANSWERS: Final = {
    "This study knows what it wanted to know, so that nobody is asked any more. Thank you.": (
        "本研究已得到所需的结果，不再继续征询。谢谢您。"
    ),
    "Expected no part of a face, or one of those that were asked for, got another; load the page again.": (
        "此处不应回答脸的部位，或应为所询问的部位之一；请重新载入页面。"
    ),
    "The best cannot be the worst too: choose another one.": "最好的不能同时是最差的：请另选一个。",
    "Expected which of two is better, got the best and the worst of four; load the page again.": (
        "此处应回答两者中哪个更好，却收到四选的最好与最差；请重新载入页面。"
    ),
    "Expected the best and the worst of four, two different ones; choose both.": "请在四个中选出最好与最差的各一个，两者不能相同。",
}

OWNERS: Final = {
    "This page is the owner's.": "本页面仅供所有者使用。",
    "There is no study of this name.": "没有这个名称的研究。",
    "This form is not the page's own; load the page again.": "该表单并非本页面所发；请重新载入页面。",
    "{count} votes are gone, here and in the copy.": "已删除 {count} 条投票，副本中亦然。",
    "The log is whole, and its copy, where there is one, is up to date.": "日志完整；如有副本，副本已是最新。",
    "the owner": "所有者",
    "Studies": "研究",
    "Votes as CSV": "投票（CSV）",
    "day": "日期",
    "votes": "票数",
    "rater": "评判者",
    "checks passed": "通过的检查",
    "seconds": "秒",
    "left side": "左侧",
    "deviation": "偏离",
    "reliability": "可靠度",
    "left out": "剔除",
    "pair": "成对",
    "still needed": "仍需",
    "forget": "删除",
}

CHINESE: Final = {**OWNERS, **ANSWERS, **FILES, **ENTRIES}
