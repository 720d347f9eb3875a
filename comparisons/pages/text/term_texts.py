"""What other modules call their measures, methods, corruptions and findings, and what that is in Chinese.

The English stands with what it describes. A sentence that is not here stays English, so whoever adds a method need not know
Chinese; a test says which lines have lost what they translate.
"""

from typing import Final

MEASURES: Final = {
    "PSNR of the best sample": "最佳样本的 PSNR",
    "Diversity of samples": "样本多样性",
    "Sharpness": "清晰度",
    "Landmark distance": "关键点距离",
    "LPIPS (VGG16)": "LPIPS（VGG16）",
    "Identity distance": "身份距离",
    "Contrast of fine detail": "细微细节的对比度",
    "Contrast of middle detail": "中等细节的对比度",
    "Contrast of coarse detail": "较粗细节的对比度",
    "1 is as strong as the truth, below is faint, above is overdone: not whether detail is in the right place.": (
        "1 表示与原图同样强，更低为偏淡，更高为过度：不看细节的位置是否正确。"
    ),
    "Rewards blur: a plausible face that differs from the truth scores low.": "偏好模糊：看似合理、但与原图不同的人脸得分低。",
    "Sees local structure only: not whether the parts make a face, nor colour casts.": (
        "只看局部结构：不看各部分能否组成一张脸，也不看偏色。"
    ),
    "Sees texture and parts as a classifier of objects does: not who the person is.": "像物体分类器那样看纹理与部件：不看此人是谁。",
    "Rewards blur and is ruled by the few worst pixels.": "偏好模糊，且受少数最差像素左右。",
    "Rewards blur: the median of all plausible faces scores best.": "偏好模糊：所有合理人脸的中位数得分最好。",
    "Chosen by looking at the truth, which no user can: an upper bound.": "对照原图挑出，用户无法做到：只是上界。",
    "Sees that samples differ: not that each is plausible. Noise is diverse.": "只看样本之间的差异：不看各样本是否合理。噪声也很多样。",
    "1 is as sharp as the truth, below is blurred, above is noise or seams: not whether the edges are in the right place.": (
        "1 表示与原图同样清晰，更低为模糊，更高为噪声或接缝：不看边缘的位置是否正确。"
    ),
    "Sees where eyes, nose and mouth are: not what they look like. It depends on the detector.": (
        "只看眼、鼻、嘴的位置：不看样子。结果取决于检测器。"
    ),
    "As LPIPS, by another network: never mix the two.": "与 LPIPS 相同，但用另一种网络：两者不可混用。",
    (
        "dlib's descriptor (comparisons/requirements-identity.txt): below 0.6 it takes two photographs for one person. It sees some "
        "groups of people better than others, and visible pixels count too."
    ): (
        "dlib 的人脸描述符（comparisons/requirements-identity.txt）：低于 0.6 时视为同一人。"
        "它对不同人群的辨别力不一，可见像素也计算在内。"
    ),
    "higher is better": "越高越好",
    "lower is better": "越低越好",
    "higher is better, in dB": "越高越好，单位 dB",
}
"""Measures of `comparisons.metrics.extras.ALL`: their names where these are words, what they do not see, their direction."""

METHODS: Final = {
    "Carries the colours around the hole inwards.": "把空洞周围的颜色向内延伸。",
    "Continues the lines of equal brightness into the hole.": "把等亮度线延续进空洞。",
    "Copies patches from the visible part of the same picture.": "从同一图片的可见部分复制图块。",
    "Several answers to one hole, drawn from a latent that widens with it; reads with an earlier lightweight GAN's trunk.": (
        "对同一空洞给出多种答案，取自随空洞而变宽的隐变量；用早先的轻量级 GAN 的主干读取图像。"
    ),
    "A face drawn in two stages, steered by the corrupted picture and a map of its parts.": (
        "分两个阶段生成人脸，由受损图片与面部解析图引导。"
    ),
    "The floor for everything learned: the most probable face under a linear model.": (
        "一切学习方法的基线下限：线性模型下最可能的人脸。"
    ),
    "A U-Net of depthwise-separable blocks, and a second one that finds what covers the face.": (
        "深度可分离卷积块构成的 U-Net，另有一个网络寻找遮挡物。"
    ),
    "A GAN at 128 px that minds where eyes, nose and mouth are, enlarged by FSRCNN.": (
        "128 像素的 GAN，留意眼、鼻、嘴的位置，再由 FSRCNN 放大。"
    ),
    "A codec of 6.5 M weights, told by the features of a frozen generator of faces what a face looks like.": (
        "650 万参数的编解码器，从一个冻结的人脸生成器的特征中得知人脸的样子。"
    ),
    "A U-Net that copies features of the visible part into the hole.": "把可见部分的特征复制进空洞的 U-Net。",
    "variant: shares its trunk with Lightweight GAN": "变体：与 Lightweight GAN 共用主干网络",
    "variant: shares its trunk with Dual-stage": "变体：与 Dual-stage 共用主干网络",
    "variant: shares its trunk with PICNet": "变体：与 PICNet 共用主干网络",
    "variant: departs from its paper": "变体：与论文有出入",
    "its paper's method": "论文本身的方法",
    "reference": "参照方法",
    "house method": "本项目自有",
    "paper": "论文",
    "variant": "变体",
    "house": "自有",
    "external": "外部方法",
    "stage 1": "第 1 阶段",
    "mask as the network finds it": "网络自行找出的遮罩",
    "parts": "面部解析",
    "the codec's estimate": "编解码器的估计",
    "detail branch": "细节分支",
}
"""What the catalogue says of its methods, and what these call their stages."""

PRINTED: Final = {
    "10-15 % hidden": "遮挡 10-15 %",
    "20-30 % hidden": "遮挡 20-30 %",
    "centre hole": "中央空洞",
    "unknown": "未知",
    "degraded, no hole": "画质退化，无空洞",
    "diversity (LPIPS, whole / hole)": "多样性（LPIPS，整图 / 空洞）",
    "Dual-stage, ITM Web of Conferences 78, 04017, 2025 (abstract)": "Dual-stage，ITM Web of Conferences 78, 04017, 2025（摘要）",
    "RestoreFormer++, table 1": "RestoreFormer++，表 1",
    "CelebA at 256, black outline rectangles, whole-picture PSNR of what seem to be one or a few pictures": (
        "256 像素的 CelebA，黑色轮廓矩形，整图 PSNR，看来只涉及一张或几张图片"
    ),
    (
        "CelebA at 256, black outline rectangles, whole-picture PSNR of what seem to be one or a few pictures; how the rival was "
        "trained, or whether on these holes at all, is not said"
    ): "256 像素的 CelebA，黑色轮廓矩形，整图 PSNR，看来只涉及一张或几张图片；未说明对比方法如何训练，也未说明是否用这类空洞训练",
    "CelebA-HQ, centre hole, the best 10 of 50 samples by the discriminator's score": (
        "CelebA-HQ，中央空洞，按判别器得分从 50 个样本中取最好的 10 个"
    ),
    (
        "CelebA-HQ; holes, degradation, split and size are not in the abstract; PSNR is that of the mean MSE, not a mean of PSNR"
    ): "CelebA-HQ；摘要中没有空洞、退化、划分与尺寸；其 PSNR 由平均 MSE 换算，而非 PSNR 的均值",
    (
        "3000 CelebA-Test faces at 512, blind degradation without holes; of the parent network PSFR-GAN, not JSFM-GAN"
    ): "3000 张 512 像素的 CelebA-Test 人脸，无空洞的盲退化；属于其母网络 PSFR-GAN，而非 JSFM-GAN",
    (
        "3000 CelebA-Test faces at 512, blind degradation without holes; of the parent network PSFR-GAN, not JSFM-GAN; the LPIPS "
        "trunk may be VGG16"
    ): "3000 张 512 像素的 CelebA-Test 人脸，无空洞的盲退化；属于其母网络 PSFR-GAN，而非 JSFM-GAN；其 LPIPS 主干可能是 VGG16",
}
"""The words of `comparisons.benchmark.published.FIGURES`."""

FACTS: Final = {
    "Left out by the plan's rules": "按计划规则剔除",
    "Skipped": "跳过",
    "First place": "第一名",
    "Whole order": "整体排序",
    "Votes on faces that only some methods can undo, told by scenario": "仅部分方法适用的人脸上的票数（按情形另列）",
    "stable": "稳定",
    "could change": "可能变动",
    "Fewest raters without whom another method is first": "去掉最少几位评判者，第一名就会易主",
    "more than half": "超过一半",
    "Raters left out to see that": "为此去掉的评判者",
    "Raters whose answers those of the others make unlikely (z below -2)": "与他人的判断明显不符的评判者（z 低于 -2）",
    "Measures that agree with people": "与人的判断一致的指标",
    "Left side chosen": "选择左侧",
    "Same answer with the sides swapped": "左右互换后回答一致",
    "Agreement of raters (Krippendorff's alpha)": "评判者一致性（Krippendorff α）",
    "Plan": "研究计划",
    "none": "无",
    "no votes yet": "尚无投票",
    "not known yet": "尚不可知",
    "Raters are": "评判者",
    "anybody": "任何人",
    "invited": "受邀",
    "of a panel": "来自面板",
    "signed in": "已登录",
    "Votes of invited raters: each had a signed link of their own, and no open vote is among them.": (
        "受邀评判者的投票：每人持有各自的签名链接，其中没有公开投票。"
    ),
    (
        "Votes of a panel's raters: a panel signs no address, so that whoever knows the study's number can make raters up; "
        "no open vote is among them."
    ): "面板评判者的投票：面板不对地址签名，知道研究编号的人可以虚构评判者；其中没有公开投票。",
    "Votes of raters who signed in with Hugging Face: whoever has several logins is several raters.": (
        "已用 Hugging Face 登录者的投票：拥有多个账号的人算作多位评判者。"
    ),
}
"""What `comparisons.ranking.summary.facts` tells of the votes."""

TERMS: Final = {**MEASURES, **METHODS, **PRINTED, **FACTS}
