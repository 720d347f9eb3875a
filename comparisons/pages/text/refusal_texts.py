"""What went wrong with a clip, a visit or a vote and what to do, in Chinese by the English template that is raised."""

from typing import Final

CLIPS: Final = {
    "No clip is chosen yet: take one of the examples or add your own.": "尚未选择视频：请选用一个示例，或添加自己的视频。",
    "That example is not here any more; choose another one.": "该示例已不在这里；请另选一个。",
    "Expected a clip with pictures in it, got 0 frames: record or export it again.": "该视频中没有画面；请重新录制或导出。",
    "Expected a clip with pictures, got a file without any: choose a video.": "该文件中没有画面；请选择视频。",
    "Expected a clip that can be played here, got one in a codec that is unknown: export it as H.264 (mp4).": (
        "该视频的编码未知，无法播放；请导出为 H.264（mp4）。"
    ),
    (
        "Expected a clip that can be played here, got one in the codec {codec!r}, which cannot be: export it as H.264 (mp4)."
    ): "无法播放该视频的编码 {codec!r}；请导出为 H.264（mp4）。",
    "Expected frames of at most {most} megapixels, got {width} x {height}: export it smaller.": (
        "每帧最大 {most} 百万像素，现为 {width} x {height}；请缩小后导出。"
    ),
    "Expected frames of at least {least} x {least} pixels, got {width} x {height}: choose a larger clip.": (
        "每帧至少 {least} x {least} 像素，现为 {width} x {height}；请选更大的视频。"
    ),
    "Expected frames of at most {most} megapixels, got larger ones: export it smaller.": (
        "每帧最大 {most} 百万像素；请缩小后导出。"
    ),
    (
        "Expected a clip that opens with at most {seconds:g} s of work and {memory:g} GB of memory, got one that takes more: "
        "export it again as H.264 (mp4)."
    ): "打开该视频所需的时间或内存过多（上限 {seconds:g} 秒、{memory:g} GB）；请导出为 H.264（mp4）。",
    "Expected a whole clip, got one at which its decoder breaks down: export it again as H.264 (mp4).": (
        "视频已损坏，无法解码；请导出为 H.264（mp4）。"
    ),
    "Expected a clip of at most {most} s, got a longer one: cut out the part that matters.": (
        "视频最长 {most} 秒；请剪出需要的部分。"
    ),
    "Expected a clip of at most {most} frames, got more: shorten it or halve its frame rate.": (
        "视频最多 {most} 帧；请缩短，或把帧率减半。"
    ),
    "Expected a clip, but {file!r} is no file or an empty one: choose another one.": (
        "视频文件 {file!r} 不存在或是空的；请另选一个。"
    ),
    (
        "Expected a clip (mp4, webm or mov), got a file that is none of these, is damaged or was cut short: export it again and "
        "try once more."
    ): "需要视频文件（mp4、webm 或 mov）；该文件不是、已损坏或不完整，请重新导出后再试。",
    "Expected something to cover the face with, got {occluder!r}: choose one of {choices}.": (
        "没有遮挡物 {occluder!r}；请从以下选择：{choices}。"
    ),
    "{method} fills in nothing: choose another method for a clip.": "{method} 不能补全缺失部分；请为视频另选方法。",
    "Expected a face of which something is covered, got a clip in which nothing is: check the mask.": (
        "视频中没有任何被遮挡的人脸；请检查掩码。"
    ),
    (
        "Expected a face in the clip, but {detector} found none: take a clip in which a face is larger and less covered."
    ): "{detector}在视频中未找到人脸；请选人脸更大、遮挡更少的视频。",
    "the detector": "检测器",
}

VISITS: Final = {
    "You have {count} requests waiting already; wait until one of them is done.": (
        "您已有 {count} 个请求在等待；请等其中一个完成。"
    ),
    "From your network {count} requests are waiting already; wait until one of them is done.": (
        "您所在的网络已有 {count} 个请求在等待；请等其中一个完成。"
    ),
    "All {places} places are taken just now; try again in a minute.": "{places} 个等待位置已满；请一分钟后再试。",
    "Too many uploads are on their way already; wait until one of them has arrived.": (
        "正在上传的文件过多；请等其中一个完成。"
    ),
    "Expected at most {most} MB, got more; send a smaller file.": "一次最多发送 {most} MB；请发送较小的文件。",
    "Expected the request within {seconds} s, got part of it; try again.": "{seconds} 秒内未收完；请重试。",
    "That was more than {most} {what} in {seconds:.0f} s; look at the pictures, and go on in {wait} s.": (
        "{seconds:.0f} 秒内{what}超过了 {most} 次；请细看图片，{wait} 秒后继续。"
    ),
    "answers": "作答",
    "comparisons": "对比",
    "requests": "请求",
    "uploads": "上传",
    "Expected what this page sends, and got something else: load the page again and try once more.": (
        "收到的内容不是本页会发送的；请重新载入本页后再试。"
    ),
    "That run is not here any more; open the tab again.": "该次测试已不在这里；请重新打开本页。",
    "There is no study of this name; choose from {choices}.": "没有这个名称的研究；请从以下选择：{choices}。",
}

STUDY: Final = {
    "These pictures are not known here any more; ask for the next ones.": "这些图片已不在记录中，请索取下一组。",
    "These pictures were given to somebody else; ask for the next ones.": "这些图片是给别人的，请索取下一组。",
    "These pictures already have their answer; ask for the next ones.": "这些图片已有回答，请索取下一组。",
    "These pictures were left open for too long and do not count any more; ask for the next ones.": (
        "这些图片搁置太久，不再计入，请索取下一组。"
    ),
    "There is nothing to vote on yet: ask for pictures first.": "还没有可评判的图片，请先索取。",
    (
        "You have given {count} answers, which is all that one person is asked for. Thank you: this study stands on people who "
        "look."
    ): "您已作答 {count} 次，这是对每个人的全部请求。谢谢您：本研究全靠认真看图的人。",
    "A duel needs two methods that work here, and fewer do; see the Compare page for the reasons.": (
        "至少需要两种可用的方法，而这里不足两种；原因请见对比页。"
    ),
    "expected a comment of at most {most} characters, got {length}; shorten it": (
        "备注最多 {most} 字，现有 {length} 字，请缩短。"
    ),
    "expected a line of printable text in column {name!r}, got {text!r}": (
        "{name!r} 一栏（备注）里有无法显示的字符：{text!r}，请改写。"
    ),
    "Sign in with Hugging Face first: in this study every person counts as one rater.": (
        "请先用 Hugging Face 登录：本研究中每人算作一位评判者。"
    ),
    "Your answers were taken out at your wish; this login is not asked again.": (
        "您的回答已按您的意愿删除，此登录名不再参与。"
    ),
    "Your answers were taken out at your wish; this number gives no more, so ask for the next pictures.": (
        "您的回答已按您的意愿删除，此编号不再使用，请索取下一组。"
    ),
    (
        "{count} lines of the log of votes are no votes and count for nothing (the first is {file}, line {line}: {reason}); put "
        "the file back as the app wrote it, or correct these lines in a text editor, not in a spreadsheet."
    ): (
        "投票记录中有 {count} 行不是有效投票，不计入（首个在 {file} 第 {line} 行：{reason}）；"
        "请恢复应用写下的原文件，或用文本编辑器改正，勿用电子表格。"
    ),
    "The last copy to {repository} failed ({error}); it is tried again every {minutes} min.": (
        "最近一次复制到 {repository} 失败（{error}）；每 {minutes} 分钟重试一次。"
    ),
    "Nothing has been copied to {repository} for {minutes:.0f} min: the Hub does not answer.": (
        "已有 {minutes:.0f} 分钟未能复制到 {repository}：Hub 没有响应。"
    ),
    "expected votes on one pool of faces, got {listed}; name the folder of the pool that is meant with --pool": (
        "投票涉及多个人脸库（{listed}），只能统计其中一个；请用 --pool 指定其文件夹。"
    ),
    "No ranking yet: no votes connect these groups of methods: {groups}; collect more votes.": (
        "尚无排名：以下几组方法之间没有投票相连：{groups}；请收集更多投票。"
    ),
}

REMOTE: Final = {
    "runs on {host}: the covered face leaves this machine": "在 {host} 上运行：遮挡后的人脸会离开本机",
    "Runs on {host}, version {version}: the covered face and its mask leave this machine.": (
        "在 {host} 上运行，版本 {version}：遮挡后的人脸及其掩码会离开本机。"
    ),
    "{name} on {host} gave no picture in {tries} tries ({reason}); try again later.": (
        "{host} 上的 {name} 尝试 {tries} 次仍未返回图片（{reason}）；请稍后再试。"
    ),
    "{name} on {host} refused the picture ({reason}); ask its owner, or correct its file.": (
        "{host} 上的 {name} 拒绝了图片（{reason}）；请询问其所有者，或修改其配置文件。"
    ),
    "{name} on {host} has been asked {calls} times, as often as its file allows; raise `calls` in it, or start anew.": (
        "{host} 上的 {name} 已调用 {calls} 次，达到其配置文件的上限；请调高其中的 `calls`，或重新启动。"
    ),
    "Expected a square picture from {name} on {host}, got {what}; correct `output` in its file, or ask its owner.": (
        "{host} 上的 {name} 应返回正方形图片，现为{what}；请修改其配置文件中的 `output`，或询问其所有者。"
    ),
    "{file}: {problem}": "{file}：{problem}",
    "something else": "其他内容",
    "a file that cannot be read": "无法读取的文件",
    "a picture that lies elsewhere": "存放在别处的图片",
    "one of {width} x {height} px": " {width} x {height} 像素的图片",
    "one of more than {most} MB": "超过 {most} MB 的图片",
    "no answer within {seconds:g} s": "{seconds:g} 秒内没有响应",
    "it answered {status}": "返回状态 {status}",
    "no connection": "无法连接",
    "{file} cannot be opened ({reason}); name another file.": "无法打开 {file}（{reason}）；请指定其他文件。",
    "{file} is no TOML ({reason}); correct it.": "{file} 不是 TOML 文件（{reason}）；请修改。",
    "{file}: expected space to be owner/name or an address with https://, got {got!r}; correct it.": (
        "{file}：space 应为 owner/name 或以 https:// 开头的地址，现为 {got!r}；请修改。"
    ),
    "{file}: expected {word} = ..., found none; add it.": "{file}：缺少 {word} = ...；请补上。",
    "{file} says {word} = {value}, which nothing reads so; see restorers/external/README.md.": (
        "{file} 中的 {word} = {value} 无法识别；参见 restorers/external/README.md。"
    ),
}
"""Of methods on other machines."""

CHINESE: Final = {**REMOTE, **CLIPS, **VISITS, **STUDY}
