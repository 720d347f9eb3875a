"""The static words of the Compare tab's stage in English and Chinese, by key."""

from typing import Final

ENGLISH: Final = {
    "opening": "A finished example. Change any choice, then run every method.",
    "hint": (
        "<div class='hint'><p><b>1</b> Choose a face and what covers it. <b>2</b> Run every method. <b>3</b> Click a picture to "
        "look closer.</p><button type='button'>Got it</button></div>"
    ),
    "linked": "Opening the comparison of the link …",
    "stale": "The choices have changed since this was made; run every method to renew it.",
    "view_scores": "Scores",
    "view_chart": "Chart",
    "view_maps": "Error maps",
    "view_steps": "Intermediate steps",
    "view_share": "Share",
    "no_steps": "Some methods show how they get there: run every method to see their stages and samples here.",
    "no_truth": "There is no ground truth below what covers this face, so nothing is scored.",
    "yours": (
        "<div><h2>Your own result</h2><p class='note'>Restore occluded.png of the zip with your method (mask.png: white = hidden) "
        "and drop the picture, 256 x 256 pixels. It is scored beside the others and forgotten with this visit.</p></div>"
    ),
    "bring": "Add your restored picture",
    "over_share_label": "Score over hidden area: published means of every method, and this face",
    "compare_keys": (
        "<p class='note'>Keys at the pictures: arrows move the edge, + and - zoom, 0 shows the whole, f flips while it is "
        "held, m outlines the mask, [ and ] change the right picture, { and } the left. Anywhere: Ctrl + Enter runs, Escape "
        "cancels.</p>"
    ),
    "fold_choices": "Own photograph, cover, degradation",
    "fold_vote": "Which is the best? An open vote",
    "which_best": "<h2>Which is the best?</h2>",
    "by_name": "Not blind: recorded as an open vote",
    "write_down": "Save my choice",
    "take": (
        "<div><h2>Download and share</h2><p class='note'>Every picture as PNG, all scores, and the recipe that brings the same "
        "comparison back: drop the zip anywhere on this page.</p></div>"
    ),
    "everything": "Everything (zip)",
    "strip": "All pictures in one strip (PNG)",
    "drop_recipe": "Reopen a comparison: its zip or recipe.json",
    "maps": (
        "<div><h2>Error maps</h2><p class='note'>Distance from the ground truth at every pixel, on one colour scale for all "
        "methods. The maps can also be chosen in the viewer.</p></div>"
    ),
    "error_map": "Error map",
    "visit": (
        "<div><h2>This visit</h2><p class='note'>Your last eight comparisons; a click brings one back. They are kept in "
        "memory for an hour and nowhere else.</p></div>"
    ),
    "comparisons": "Comparisons of this visit",
    "over_share": (
        "<div><h2>Score by hidden area</h2><p class='note'>Published means and this face's scores. A sweep runs every method on this "
        "face under black boxes of growing size, three places each, and marks the mean of each size.</p></div>"
    ),
    "draw": "Sweep this face",
    "cancel": "Cancel",
    "measure": "Measure",
    "best_by": "Best by",
    "measured_over": "Measured over",
}
CHINESE: Final = {
    "opening": "这是一个已完成的示例。请更改任意选项，然后运行所有方法。",
    "hint": (
        "<div class='hint'><p><b>1</b> 选择一张脸和遮挡物。 <b>2</b> 运行所有方法。 <b>3</b> 点击图片仔细查看。</p>"
        "<button type='button'>知道了</button></div>"
    ),
    "linked": "正在打开链接中的对比…",
    "stale": "选项已更改，当前结果对应更改前的选项；请重新运行所有方法。",
    "view_scores": "分数",
    "view_chart": "图表",
    "view_maps": "误差图",
    "view_steps": "中间过程",
    "view_share": "分享",
    "no_steps": "部分方法可展示其过程：运行所有方法后，各阶段与样本显示在这里。",
    "no_truth": "遮挡之下没有原图，因此不评分。",
    "yours": (
        "<div><h2>您自己的结果</h2><p class='note'>用您的方法修复 zip 中的 occluded.png（mask.png：白色 = 遮挡），"
        "然后放入 256 x 256 像素的图片。它会与其他结果一同评分，并随本次访问结束而删除。</p></div>"
    ),
    "bring": "添加您的修复图片",
    "over_share_label": "分数随遮挡面积的变化：各方法的已发布均值，以及这张脸",
    "compare_keys": (
        "<p class='note'>图片区按键：方向键移动分界线，+ 和 - 缩放，0 显示全图，按住 f 翻看另一张，m 显示遮挡区轮廓，"
        "[ 和 ] 切换右图，{ 和 } 切换左图。任意位置：Ctrl + Enter 运行，Escape 取消。</p>"
    ),
    "fold_choices": "自己的照片、遮挡、退化",
    "fold_vote": "哪一种最好？公开投票",
    "which_best": "<h2>哪一种最好？</h2>",
    "by_name": "非盲评：记为公开投票",
    "write_down": "保存我的选择",
    "take": (
        "<div><h2>下载与分享</h2><p class='note'>全部图片（PNG）、全部分数，以及可重现同一次对比的配方："
        "把 zip 拖到本页任意位置即可。</p></div>"
    ),
    "everything": "全部内容 (zip)",
    "strip": "所有图片合成一条 (PNG)",
    "drop_recipe": "重新打开一次对比：其 zip 或 recipe.json",
    "maps": (
        "<div><h2>误差图</h2><p class='note'>每个像素与原图的差距，所有方法使用同一色标。"
        "误差图也可在对比区中选择。</p></div>"
    ),
    "error_map": "误差图",
    "visit": (
        "<div><h2>本次访问</h2><p class='note'>您最近的八次对比，点击即可恢复。"
        "仅在内存中保留一小时，不存于别处。</p></div>"
    ),
    "comparisons": "本次访问的对比",
    "over_share": (
        "<div><h2>分数随遮挡面积的变化</h2><p class='note'>已发布的均值与这张脸的分数。扫描会让所有方法处理这张脸上面积递增的黑框，"
        "每种面积三个位置，并标出每种面积的均值。</p></div>"
    ),
    "draw": "扫描这张脸",
    "cancel": "取消",
    "measure": "指标",
    "best_by": "按此指标评最佳",
    "measured_over": "测量区域",
}
