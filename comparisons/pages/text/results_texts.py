"""The static words of the Results and the Ranking tab in English and Chinese, by key; `texts` gives them to the page."""

from typing import Final

from comparisons.benchmark import published
from comparisons.ranking.summary import OPEN_VOTES
from comparisons.scenarios import menu

FACES: Final = "UNMASKED_PICTURES"
"""Environment variable that names the folder of the benchmarked pictures, on a machine where they may be looked at."""

_CORRUPTIONS: Final = {f"corruption_{known.name}": known.label for known in (*menu.SCENARIOS, menu.GIVEN)}

ENGLISH: Final = {
    **_CORRUPTIONS,
    "results_intro": (
        "<div class='intro'><p>Every method on the same corrupted faces: means over pictures with 95 % bootstrap intervals. The table "
        "below the figure holds its very numbers, and both can be saved. A click on a mark or a line shows the best, the median and the "
        "worst face behind it where they may be shown.</p>"
        "<p class='note'>CelebA's faces are 150 to 200 px and were JPEG once; at 256 px they are soft, which rewards blur. "
        "Synthetic faces come from the very generator inside the GAN prior, so they are never pooled with photographs.</p></div>"
    ),
    "view_measured": "Benchmark",
    "view_ranking": "Ranking",
    "results_nothing": (
        "No benchmark has been published here yet. Run one with: python -m comparisons.benchmark PICTURES --out assets/benchmark"
    ),
    "results_absent": "This run has no scores of this kind; choose another measure, region or corruption.",
    "results_no_faces": (
        "The faces behind a published run are not shown here: they may not be passed on. On a machine that has the pictures, name "
        f"their folder in {FACES}."
    ),
    "pictures": "Pictures",
    "corruption": "Corruption",
    "results_zip": "Rows and provenance (zip)",
    "alike": "How alike the methods are",
    "alike_csv": "How alike (CSV)",
    "printed": "Published figures",
    "printed_note": (
        f"Published under another protocol: none of these may be set beside the figures above as an equal. {published.ABSENT}"
    ),
    "printed_value": "Printed",
    "printed_where": "Where",
    "printed_differs": "What differs",
    "seconds": "Seconds",
    "bin": "Bin",
    "hidden": "Hidden",
    "mean": "Mean",
    "low": "Low",
    "high": "High",
    "file_svg": "Figure (SVG)",
    "file_pdf": "Figure (PDF)",
    "file_png": "Figure (PNG)",
    "file_csv": "Numbers (CSV)",
    "file_tex": "Table (LaTeX)",
    "better_by": "Better by",
    "p": "p (Holm)",
    "times_patchmatch": "Time, PatchMatch = 1",
    "baseline": "Against",
    "no_baseline": "None: the scores",
    "every_bin": "All",
    "kind_scores": "Scores",
    "kind_cost": "Quality against cost",
    "figure_of": "Figure",
    "methods_shown": "Methods",
    "models": "Methods: time, votes, model card",
    "untrained": "Nothing is learned: it has no weights, and so no model card.",
    "no_card": "There is no model card of its weights.",
    "cards_english": "The descriptions of this card are in English.",
    "wins": "Wins",
    "ties": "Ties",
    "losses": "Losses",
    "by_ratio": (
        "Strength by hidden area: each bin is fitted on its own, with intervals clustered on raters and faces; a bin that too few "
        "votes are in is left out. It is of masks whose area was chosen; worn things and degraded faces stand in the table by kind of "
        "corruption."
    ),
    "by_scenario": "Strength by kind of corruption, from votes",
    "by_scenario_note": (
        "Each kind is fitted on its own; one that too few votes are in is left out. A strength is against the mean of the methods "
        "that are shown on such faces: on degraded ones only those that also undo degradation (–: not shown)."
    ),
    "other_corruption": "another corruption",
    "by_ratio_chart": "Strength by hidden area, from votes",
    "by_ratio_csv": "Strength by hidden area and scenario (CSV)",
    "win_matrix": "How often the row beats the column",
    "standings_csv": "Standings (CSV)",
    "win_matrix_csv": "Win matrix (CSV)",
    "facts_csv": "Vote quality (CSV)",
    "strength": "Strength",
    "interval": "95 % interval",
    "votes": "Votes",
    "won": "Won",
    "tied": "Tied",
    "lost": "Lost",
    "preliminary": "preliminary",
    "rank": "Rank",
    "stability": "Stability",
    "open_votes": OPEN_VOTES,
    "standings_note": (
        "Ordered by the lower end of the interval; preliminary methods, with too few votes or raters, have no place. Strength "
        "is the natural logarithm of odds against the average method: 0.7 more means winning two of three decided votes."
    ),
    "interval_note": (
        "Intervals: at each end the wider of the profile likelihood (Venzon & Moolgavkar 1988) and a bootstrap clustered on "
        "raters and faces. A method that never lost has no upper end, and one that never won no lower end; the other end is "
        "exact (Clopper & Pearson 1934)."
    ),
    "stability_note": (
        "A place is stable if nobody passes the method, or is passed by it, when any one rater is left out, nor when the 1 % of "
        "raters who matter most are."
    ),
}
CHINESE: Final = {
    "corruption_given": "文件夹中的掩码",
    "corruption_rectangle": "黑框",
    "corruption_zhou_lu": "Zhou & Lu 的黑框",
    "corruption_strokes": "笔刷涂抹",
    "corruption_thick": "LaMa 的粗掩码",
    "corruption_medium": "LaMa 的中等掩码",
    "corruption_sunglasses": "太阳镜",
    "corruption_surgical_mask": "口罩",
    "corruption_scarf": "围巾",
    "corruption_cap": "帽子",
    "corruption_hand": "手",
    "corruption_microphone": "麦克风",
    "corruption_hair": "头发",
    "corruption_phone": "手机",
    "corruption_sunglasses_tinted": "半透明太阳镜",
    "corruption_surgical_mask_worn": "贴合的口罩",
    "corruption_cap_low": "压低的帽子",
    "corruption_hand_relaxed": "放松的手",
    "corruption_hair_loose": "披散的头发",
    "corruption_half_face": "半张脸",
    "corruption_degraded_light": "轻度退化",
    "corruption_degraded_light_rectangle": "轻度退化加黑框",
    "corruption_degraded_medium": "中度退化",
    "corruption_degraded_medium_rectangle": "中度退化加黑框",
    "corruption_degraded_severe": "重度退化",
    "corruption_degraded_severe_rectangle": "重度退化加黑框",
    "results_intro": (
        "<div class='intro'><p>所有方法处理同一批受损人脸：各图片的均值及其 95 % 自助法区间。图下的表格即图中的数值，两者均可保存。"
        "点击标记或表格行，可查看其中最好、中等和最差的人脸（允许显示时）。</p>"
        "<p class='note'>CelebA 的人脸只有 150 至 200 像素，且曾存为 JPEG；放到 256 像素时偏软，因而有利于模糊的结果。"
        "合成人脸恰好出自 GAN prior 所用的生成器，因此从不与照片合并统计。</p></div>"
    ),
    "view_measured": "评测",
    "view_ranking": "排名",
    "results_nothing": (
        "这里尚未发布基准测试。运行方式：python -m comparisons.benchmark PICTURES --out assets/benchmark"
    ),
    "results_absent": "本次测试没有这类分数；请另选指标、区域或损坏方式。",
    "results_no_faces": (
        f"已发布测试所用的人脸不得转发，因此不在此显示。在存有这些图片的机器上，请用 {FACES} 指定其文件夹。"
    ),
    "pictures": "图片集",
    "corruption": "损坏方式",
    "results_zip": "逐行数据与来源说明 (zip)",
    "alike": "各方法之间的相似程度",
    "alike_csv": "相似程度 (CSV)",
    "printed": "已发表的数值",
    "printed_note": (
        "这些数值出自不同的实验方案，均不可与上方数值直接比较。JSFM-GAN（2025）、Hu 等人（2022）的多姿态修复，"
        "以及 Shift-Net 原文表格中的数值均无法核实，因此未列出。"
    ),
    "printed_value": "报告值",
    "printed_where": "出处",
    "printed_differs": "差异",
    "seconds": "秒",
    "bin": "区间",
    "hidden": "遮挡比例",
    "mean": "均值",
    "low": "下限",
    "high": "上限",
    "file_svg": "图 (SVG)",
    "file_pdf": "图 (PDF)",
    "file_png": "图 (PNG)",
    "file_csv": "数值 (CSV)",
    "file_tex": "表格 (LaTeX)",
    "better_by": "优于基线",
    "p": "p（Holm 校正）",
    "times_patchmatch": "耗时，PatchMatch = 1",
    "baseline": "对照",
    "no_baseline": "无：显示分数",
    "every_bin": "全部",
    "kind_scores": "分数",
    "kind_cost": "质量与耗时",
    "figure_of": "图",
    "methods_shown": "方法",
    "models": "方法：耗时、投票、模型卡",
    "untrained": "不需训练：没有权重，也就没有模型卡。",
    "no_card": "其权重没有模型卡。",
    "cards_english": "本卡片中的说明文字为英文。",
    "wins": "胜",
    "ties": "平局",
    "losses": "负",
    "by_ratio": (
        "按遮挡面积的强度：每个区间单独拟合，区间估计按评判者和人脸聚类；投票过少的区间不列出。仅含面积可选的掩码；佩戴物与退化的人脸见按损坏方式分列的表格。"
    ),
    "by_scenario": "按损坏方式的强度（依投票）",
    "by_scenario_note": (
        "每种损坏方式单独拟合；投票过少的不列出。强度相对于在这类人脸上展示的各方法之均值：退化的人脸上只展示能消除退化的方法（–：未展示）。"
    ),
    "other_corruption": "其他损坏方式",
    "by_ratio_chart": "按遮挡面积的强度（依投票）",
    "by_ratio_csv": "按遮挡面积与情形的强度（CSV）",
    "win_matrix": "行方法胜过列方法的比例",
    "standings_csv": "排名 (CSV)",
    "win_matrix_csv": "胜率矩阵 (CSV)",
    "facts_csv": "投票质量 (CSV)",
    "strength": "强度",
    "interval": "95 % 区间",
    "votes": "票数",
    "won": "胜出",
    "tied": "打平",
    "lost": "落败",
    "preliminary": "初步结果",
    "rank": "名次",
    "stability": "稳定性",
    "open_votes": (
        "公开投票：任何人都可以投票；而且任何人都能自行运行这些公开的方法，在投票前就分辨出各结果的来源，因此无法排除刷票。"
    ),
    "interval_note": (
        "区间的每一端取两者中较宽的一个：轮廓似然（Venzon & Moolgavkar 1988），或按评判者与人脸聚类的自助法。"
        "从未落败的方法没有上限，从未胜出的方法没有下限；其另一端为精确区间（Clopper & Pearson 1934）。"
    ),
    "stability_note": (
        "若去掉任何一位评判者，或去掉影响最大的 1 % 评判者后，该方法与其他方法的先后都不变，则其名次稳定。"
    ),
    "standings_note": (
        "按区间下限排序；票数或评判者太少的方法为初步结果，不排名次。"
        "强度是相对于平均方法的胜率之自然对数几率：高出 0.7 表示在三次分出胜负的投票中胜两次。"
    ),
}
