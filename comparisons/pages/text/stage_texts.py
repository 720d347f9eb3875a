"""The static words of the Compare tab's stage in English and Chinese, by key."""

from typing import Final

ENGLISH: Final = {
    "before_after": "<h2>Before and after</h2>",
    "compare_keys": (
        "<p class='note'>Keys at the pictures: arrows move the edge, + and - zoom, 0 shows the whole, f flips while it is "
        "held, m outlines the mask, [ and ] change the right picture, { and } the left. Anywhere: Ctrl + Enter runs, Escape "
        "cancels.</p>"
    ),
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
        "<div><h2>Score by hidden area</h2><p class='note'>Every method on this face under black boxes of growing size, three "
        "places each: mean and spread.</p></div>"
    ),
    "draw": "Draw the chart",
    "cancel": "Cancel",
    "measure": "Measure",
    "best_by": "Best by",
    "measured_over": "Measured over",
}
CHINESE: Final = {
    "before_after": "<h2>前后对比</h2>",
    "compare_keys": (
        "<p class='note'>图片区按键：方向键移动分界线，+ 和 - 缩放，0 显示全图，按住 f 翻看另一张，m 显示遮挡区轮廓，"
        "[ 和 ] 切换右图，{ 和 } 切换左图。任意位置：Ctrl + Enter 运行，Escape 取消。</p>"
    ),
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
        "<div><h2>分数随遮挡面积的变化</h2><p class='note'>各方法在这张脸上、面积递增的黑框下的表现，"
        "每种面积三个位置：均值与离散程度。</p></div>"
    ),
    "draw": "绘制图表",
    "cancel": "取消",
    "measure": "指标",
    "best_by": "按此指标评最佳",
    "measured_over": "测量区域",
}
