"""The static words of the Restore tab and of the mask editor in English and Chinese, by key."""

from typing import Final

from restorers.images import LIMITS, MAX_BYTES, MAX_PIXELS

_KINDS: Final = LIMITS.split(", at most")[0].replace(" or ", "、").replace(", ", "、")

ENGLISH: Final = {
    "tab_restore": "Restore",
    "restore_intro": (
        "<p class='note'>Your own photograph with something over a face: what covers it is found, filled in and put back at full "
        "size. Outside the mask nothing changes. What is filled in is invented.</p>"
    ),
    "restore_photo": '<h2 class="step"><i>1</i> A photograph</h2>',
    "restore_cover": (
        '<div><h2 class="step"><i>2</i> What covers the face</h2><p class="note">Proposed where it is found; add to it or take '
        "away from it.</p></div>"
    ),
    "restore_faces": "Faces in this photograph",
    "restore_limits": f"{LIMITS}.",
    "restore_find": "Propose again",
    "restore_mask": "Upload a mask (white = covered)",
    "restore_run": "Restore",
    "restore_ready": "Add a photograph to begin.",
    "restore_result": '<h2 class="step"><i>3</i> The restored photograph</h2>',
    "restore_before": "Before",
    "restore_after": "After",
    "restore_edge": "Where before ends and after begins",
    "restore_step_1": "Add a photograph. Its faces are found, and what covers them.",
    "restore_step_2": "Look at the mask; paint what it lacks, erase what it has too much.",
    "restore_step_3": "Press Restore, compare the methods, download the photograph at full size.",
    "restore_example": "An example: drawn sunglasses on a person who does not exist. What lay behind them is invented.",
    "restore_methods": "Method: the first is the best for this corruption in the benchmark",
    "restore_same": "As it came: JPEG of the same quality, else PNG",
    "restore_png": "PNG",
    "restore_download": "Download the photograph",
    "restore_stopped": "Stopped; the photograph is as it came.",
    "mask_paint": "Brush",
    "mask_erase": "Eraser",
    "mask_undo": "Undo",
    "mask_redo": "Redo",
    "mask_clear": "Clear",
    "mask_size": "Size",
    "mask_rim": "Grow or shrink",
    "mask_grow": "Grow the mask",
    "mask_shrink": "Shrink the mask",
    "mask_tools": "Tools of the mask",
    "mask_field": "The mask; keys: arrows move the brush, space paints, e eraser, b brush, u undo",
}
CHINESE: Final = {
    "tab_restore": "修复",
    "restore_intro": (
        "<p class='note'>您自己的、脸被遮住的照片：自动找出遮挡物，补全后按原尺寸放回。"
        "掩码之外丝毫不变。补全的部分是凭空生成的。</p>"
    ),
    "restore_photo": '<h2 class="step"><i>1</i> 照片</h2>',
    "restore_cover": (
        '<div><h2 class="step"><i>2</i> 遮住人脸的东西</h2><p class="note">能找到时会自动标出；您可以增补或擦除。</p></div>'
    ),
    "restore_faces": "这张照片中的人脸",
    "restore_limits": f"{_KINDS}，最多 {MAX_PIXELS // 1_000_000} 百万像素、{MAX_BYTES // 1024**2} MB。",
    "restore_find": "重新查找",
    "restore_mask": "上传掩码（白色 = 遮挡）",
    "restore_run": "修复",
    "restore_ready": "请先添加一张照片。",
    "restore_result": '<h2 class="step"><i>3</i> 修复后的照片</h2>',
    "restore_before": "修复前",
    "restore_after": "修复后",
    "restore_edge": "修复前后的分界",
    "restore_step_1": "添加一张照片：自动找出人脸和遮挡物。",
    "restore_step_2": "查看掩码：缺的补画，多的擦除。",
    "restore_step_3": "点击“修复”，比较各方法，按原尺寸下载照片。",
    "restore_example": "示例：画在虚构人物脸上的太阳镜。镜片后面的部分是凭空生成的。",
    "restore_methods": "方法：排在首位的是基准测试中最适合此类损坏的方法",
    "restore_same": "原格式：同等质量的 JPEG，否则为 PNG",
    "restore_png": "PNG 图片",
    "restore_download": "下载照片",
    "restore_stopped": "已停止；照片保持原样。",
    "mask_paint": "画笔",
    "mask_erase": "橡皮",
    "mask_undo": "撤销",
    "mask_redo": "重做",
    "mask_clear": "清空",
    "mask_size": "大小",
    "mask_rim": "扩大或缩小",
    "mask_grow": "扩大掩码",
    "mask_shrink": "缩小掩码",
    "mask_tools": "掩码工具",
    "mask_field": "掩码；按键：方向键移动画笔，空格涂抹，e 橡皮，b 画笔，u 撤销",
}
