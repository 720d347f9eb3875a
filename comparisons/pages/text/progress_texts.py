"""What the page says with numbers and names in it, in Chinese by the English template; `spoken` puts them in."""

from typing import Final

FACES: Final = {
    "Example {number}": "示例 {number}",
    "Example {number}.": "示例 {number}。",
    "One face.": "一张脸。",
    "Face {number}": "人脸 {number}",
    "Face {number} of {total}.": "第 {number} 张脸，共 {total} 张。",
    "The face that you have shown.": "您指出的人脸。",
    "From the link.": "来自链接。",
    "From the recipe.": "来自配方。",
    "From this visit.": "来自本次访问。",
    "Eyes, nose and mouth were not found.": "未找到眼、鼻、嘴的位置。",
    "Face marked by hand.": "人脸由手工标出。",
    "Face marked with a box.": "人脸由方框标出。",
    "Face found ({detector}).": "已找到人脸（{detector}）。",
    "Eyes, nose and mouth by {detector}.": "眼、鼻、嘴由 {detector} 定位。",
    "{count} faces, found by {detector}: choose one below.": "由 {detector} 找到 {count} 张脸：请在下方选一张。",
    "No face was found by {detector}: show below where it is.": "{detector} 未找到人脸：请在下方指出它的位置。",
    "The frame shows what will be cut out.": "方框表示将要裁出的范围。",
    "Click one corner of a box from forehead to chin.": "请点击方框的一个角，方框应从额头到下巴。",
    "Click the opposite corner.": "请点击对角。",
    "The box is drawn.": "方框已画好。",
    "All five points are set.": "五个点均已标出。",
    "{number} of {total}: click {point}.": "第 {number} 点，共 {total} 点：请点击{point}。",
    "{count} faces.": "{count} 张脸。",
    "One face, and something covers it: look at the mask, then restore.": "一张脸，被遮住了：请检查掩码，然后修复。",
    "Something covers {count} of them: look at the mask, then restore.": "其中 {count} 张被遮住：请检查掩码，然后修复。",
    "{width} x {height} pixels, {kind}. Faces restored: {count}.": "{width} x {height} 像素，{kind}。已修复人脸：{count}。",
    "{done} of {total} methods": "{done}/{total} 种方法",
    "one eye": "一只眼睛",
    "the other eye": "另一只眼睛",
    "the tip of the nose": "鼻尖",
    "one corner of the mouth": "一侧嘴角",
    "the other corner of the mouth": "另一侧嘴角",
    "Occluders cannot be found automatically here, for the mask network has no weights: {reason}.": (
        "这里无法自动查找遮挡物，因为掩码网络没有权重：{reason}"
    ),
}

RUNS: Final = {
    "{before} {after}": "{before}{after}",
    "{ratio:.1%} hidden": "遮挡 {ratio:.1%}",
    "All {total} methods have run.": "全部 {total} 种方法均已运行。",
    "{method} is running, {done} of {total} done": "正在运行 {method}，已完成 {done} / {total}",
    "{ratio} x PatchMatch": "耗时 {ratio} × PatchMatch",
    "by votes {strength}": "投票强度 {strength}",
    "{done} of {total} boxes": "第 {done} 个黑框，共 {total} 个",
    "All {total} boxes are in the chart.": "图表已包含全部 {total} 个黑框。",
    "Published means under {corruption} ({data}) with 95 % intervals; marks with a dark edge: this face.": (
        "{corruption}下的已发布均值（{data}）及其 95 % 区间；带深色边的标记：这张脸。"
    ),
    "{measure}, {region}": "{measure}，{region}",
    "{measure} ({way})": "{measure}（{way}）",
    "{measure} ({unit}, {way})": "{measure}（{unit}，{way}）",
    "{measure} (imported)": "{measure}（导入）",
    "Imported: measured elsewhere on the same results, not by this benchmark.": "导入：由别处对同样的结果测得，并非本基准测试所测。",
    "{measure}: better (+) or worse (-) than {method}": "{measure}：优于（+）或差于（-）{method}",
    (
        "Distance between two methods' fills over the nearer one's distance to the truth, in the hole, mean over {count} faces "
        "of a pool: 0 is the same fill. Methods that share a trunk lie at about 0.5, others at 0.7 and above."
    ): (
        "两种方法在空洞内结果之间的距离，除以其中较接近原图者与原图的距离；图片池中 {count} 张脸的均值：0 表示结果相同。"
        "共用主干网络的方法约为 0.5，其他方法为 0.7 及以上。"
    ),
    "How alike these methods are was measured with other weights or code than their scores, so they are left out: {names}.": (
        "以下方法的相似程度是用与其分数不同的权重或代码测得的，因此未列出：{names}。"
    ),
    "{what}; {corruption}; {data}": "{what}；{corruption}；{data}",
    "whole picture": "整张图片",
    "inside the mask": "掩码之内",
    "{pixels} px around the mask": "掩码周围 {pixels} 像素",
    "{target:g} is best": "{target:g} 为最佳",
    "this face": "这张脸",
    "Hidden part of the picture (%)": "图片被遮挡的部分 (%)",
    "Time for one face, PatchMatch = 1 (dashed: no other is quicker and better)": (
        "一张脸的耗时，PatchMatch = 1（虚线：没有其他方法更快且更好）"
    ),
    "Best of {count} by {measure}:": "{count} 种方法中最佳（{measure}）：",
    "{method} {undoes}, but this face has {corruptions}.": "{method} 的作用是{undoes}，而这张脸有{corruptions}。",
    "{one} and {other}": "{one}和{other}",
    "learned, {undoes}": "需训练，{undoes}",
    "not learned, {undoes}": "无需训练，{undoes}",
    "fills missing pixels": "补全缺失像素",
    "removes blur, noise and JPEG artefacts": "去除模糊、噪声与 JPEG 痕迹",
    "missing pixels": "缺失的像素",
    "degraded pixels": "退化的像素",
    "nothing to undo": "无可修复之处",
    "{method} broke off unexpectedly ({kind}).": "{method} 意外中断（{kind}）。",
    "There is no ground truth below what covers this face, so there is no error to show.": (
        "遮挡物之下没有原图可比，因此没有误差可显示。"
    ),
    "No method has given a picture yet.": "还没有任何方法给出图片。",
    "{label} 0": "{label} 0",
    "{top:g} and more": "{top:g} 及以上",
    "{label} from 0 to {top:g} and more, the same for every method": "{label}从 0 到 {top:g} 及以上，各方法相同",
    "{method}, mean {mean:.4f}": "{method}，均值 {mean:.4f}",
    "{method}, {what}": "{method}，{what}",
    "Restored by {method}": "{method} 的修复结果",
    "The chosen face": "所选的人脸",
    "The corrupted face, {what}": "受损的人脸，{what}",
    "Corrupted face": "受损的人脸",
    "Best: {method}, {numbers}": "最佳：{method}，{numbers}",
    "sample {number}": "样本 {number}",
    "stage image, {side} px": "阶段图像，{side} 像素",
    "painted, {side} px": "绘制，{side} 像素",
    "The recipe is an old one without hashes, so nothing says whether these are the same pixels.": (
        "这份配方是旧版，没有哈希值，无法判断像素是否相同。"
    ),
    "The same pixels as then came from all {total} methods.": "全部 {total} 种方法都得到了与当时相同的像素。",
    "The same pixels as then came from {count} of {total} methods.": "{total} 种方法中有 {count} 种得到了与当时相同的像素。",
    "{method} gave a picture then and gives none now.": "{method} 当时给出了图片，现在没有。",
    "{method} gives other pixels: its weights have changed since ({then} then, {now} now).": (
        "{method} 的像素与当时不同：其权重已更换（当时 {then}，现在 {now}）。"
    ),
    "{method} gives other pixels: its code has changed since (revision {then} then, {now} now).": (
        "{method} 的像素与当时不同：其代码已更改（当时第 {then} 版，现在第 {now} 版）。"
    ),
    "{method} gives other pixels although its weights are the same: another processor may add up differently.": (
        "{method} 权重相同而像素不同：可能是处理器不同所致。"
    ),
    "{method} gives other pixels although its weights are the same: the software has changed ({changes}).": (
        "{method} 权重相同而像素不同：所用软件的版本已变（{changes}）。"
    ),
}

CLIPS: Final = {
    "{frames} frames in {seconds:.1f} s, {width} x {height} pixels, with sound.": (
        "{frames} 帧，{seconds:.1f} 秒，{width} x {height} 像素，有声音。"
    ),
    "{frames} frames in {seconds:.1f} s, {width} x {height} pixels, silent.": (
        "{frames} 帧，{seconds:.1f} 秒，{width} x {height} 像素，无声音。"
    ),
    "{stage}: {done} of {total} frames": "{stage}：第 {done} 帧，共 {total} 帧",
    "{stage}: {done} of {total} frames, about {seconds} s left": "{stage}：第 {done} 帧，共 {total} 帧，约剩 {seconds} 秒",
    "Following the face": "正在跟踪人脸",
    "{method} restores": "{method} 正在修复",
    "Keeping frames together": "正在使各帧一致",
    "Cancelled; {done} of {total} frames are here.": "已取消；{total} 帧中已完成 {done} 帧。",
    "This clip was cut short; what can be read of it is used.": "该视频不完整；可读取的部分已采用。",
    "The sound of this clip is damaged; what could be read of it was kept.": "该视频的声音已损坏；可读取的部分已保留。",
    (
        "Up to {count} faces were seen at a time; the largest and most central one is worked on, the others stay as they are."
    ): "画面中同时最多有 {count} 张脸；只处理最大且最居中的一张，其余不变。",
    "The clip cuts at {when}; the face is looked for again there, and nothing is carried over.": (
        "视频在 {when} 处切换镜头；此后重新查找人脸，不沿用之前的内容。"
    ),
    "In {count} of {total} frames there is no face; they stay as they are.": (
        "{total} 帧中有 {count} 帧没有人脸，保持原样。"
    ),
    "The mask was drawn on the first shot; the {count} frames after the cut stay as they are.": (
        "掩码画在第一个镜头上；切换后的 {count} 帧保持原样。"
    ),
    "In {count} frames nothing under the mask could be followed; it moves with the face there.": (
        "有 {count} 帧无法跟踪掩码下的画面；掩码在这些帧中随人脸移动。"
    ),
}

VOTES: Final = {
    "{name} ({count} faces)": "{name}（{count} 张人脸）",
    "{method}, {corruption} {bin}: best, median, worst; corrupted, restored, true": (
        "{method}，{corruption} {bin}：最好、居中、最差；受损、修复、原图"
    ),
    "{votes} by {raters} rater": "{votes} 票，来自 {raters} 位评判者",
    "{votes} by {raters} raters": "{votes} 票，来自 {raters} 位评判者",
    "{part} of {raters}": "{raters} 位中有 {part} 位",
    "each alone, and {count} together": "逐一去掉，并一次去掉 {count} 位",
    "{share:.0%} of the votes": "占投票的 {share:.0%}",
    "{mean:.0%}, interval {low:.0%} to {high:.0%}": "{mean:.0%}，区间 {low:.0%} 至 {high:.0%}",
    "{votes} votes": "{votes} 票",
    "{share}; of {votes} votes": "{share}；基于 {votes} 票",
    "{low:+.2f} to {high:+.2f}": "{low:+.2f} 至 {high:+.2f}",
    "from {low:+.2f}": "不低于 {low:+.2f}",
    "up to {high:+.2f}": "不高于 {high:+.2f}",
    "{measure} agrees with people": "{measure} 与人的判断一致",
    "No valid votes yet.": "尚无有效投票。",
    "Left out: {count}, {reason}.": "已剔除 {count} 票：{reason}。",
    "Left out: {reason}": "已剔除：{reason}",
    "too fast": "作答过快",
    "too many in a minute": "一分钟内投票过多",
    "rater failed the attention checks": "评判者未通过注意力检查",
    "rater chose one side": "评判者总选同一侧",
    "trial answered twice": "同一题重复作答",
    "more than one rater is asked for": "超出每位评判者的票数上限",
    "Skipped: {count}.": "跳过 {count} 题。",
    "Cast some on the Rate tab.": "请先在“评判”页投票。",
}

CHINESE: Final = {**FACES, **RUNS, **CLIPS, **VOTES}
