"""What model cards say again and again, in Chinese by the English; the rest of a card is the people's who trained it, in English."""

import re
from typing import Final

CHINESE: Final = {
    "Known failures": "已知缺陷",
    "Licence": "许可",
    "file": "文件",
    "native side": "原生边长",
    "preset, recipe": "预设，配方",
    "demo, own": "demo，自有配方",
    "trained on": "训练数据",
    "7800 celeba, 5581 synthetic faces": "7800 张 CelebA 人脸，5581 张合成人脸",
    "training": "训练过程",
    "before that": "此前",
    "begun from": "起始权重",
    "changes": "改动",
    "commit": "提交",
    "scored at": "评分边长",
    "origin": "来源",
    "PSNR in dB on `dev`, black rectangles": "dev 上的 PSNR（dB），黑框",
    "celeba, whole picture": "CelebA，整张图片",
    "celeba, inside the mask": "CelebA，掩码之内",
    "synthetic, whole picture": "合成人脸，整张图片",
    "synthetic, inside the mask": "合成人脸，掩码之内",
    (
        "trained on CelebA (non-commercial research only), faces from a StyleGAN generator trained on FFHQ (non-commercial). "
        "These weights: **non-commercial research only**."
    ): (
        "训练数据为 CelebA（仅限非商业研究）和 StyleGAN 生成的人脸（该生成器用 FFHQ 训练，非商业）。这些权重：仅限非商业研究。"
    ),
}
FIGURES: Final = tuple(
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"([\d,]+) steps in ([\d.]+) minutes on (\d+) cores", r"\1 步，用时 \2 分钟，\3 个核心"),
        (r", ([\d,]+) pictures shown", r"，看过 \1 张图片"),
        (r", seed (\d+)", r"，种子 \1"),
        (r", ([\d.]+ MB)", r"，\1"),
        (r", ([\d.]+ M) parameters", r"，\1 个参数"),
        (r", (\d+) components", r"，\1 个分量"),
        (r", at (\d+ px) on ", r"，边长 \1，训练数据："),
        (r"(\d+) celeba, (\d+) synthetic faces", r"\1 张 CelebA 人脸，\2 张合成人脸"),
        (r" \(commit (\w+)\)", r"（提交 \1）"),
        (r"^as `(\w+)`: ", r"作为 \1："),
    )
)
"""The same of what stands around figures in the cells of a card's table."""


def with_figures(words: str) -> str:
    """A cell of a card in Chinese; names stay as they are, and so does all of it where it says nothing known."""
    chinese = words
    for pattern, other in FIGURES:
        chinese = pattern.sub(other, chinese)
    return words if chinese == words else chinese.replace("`", "").replace(", ", "，")
