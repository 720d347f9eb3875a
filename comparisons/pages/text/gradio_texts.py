"""What Gradio (6.31) says in one language only, and what that is in Chinese; `viewer.js` puts it in.

These are names that a screen reader says: Gradio's own, and those of ours that it does not translate.
"""

from typing import Final

CHINESE: Final = {
    "Adjust volume": "调节音量",
    "Capture from camera": "用摄像头拍摄",
    "Example {0}": "示例 {0}",
    "Click to upload or drop files": "点击上传或拖放文件",
    "Close": "关闭",
    "Empty value": "空",
    "Paste from clipboard": "从剪贴板粘贴",
    "Remove Image": "移除图片",
    "Reset to default value": "恢复默认值",
    "Upload file": "上传文件",
    "full-screen": "全屏",
    "play-pause-replay-button": "播放、暂停或重播",
    "Clear": "清空",
    "Thumbnail {0} of {1}": "第 {0} 张缩略图，共 {1} 张",
    "The photograph, to be clicked on": "请在照片上点击",
}
"""By the English; `{0}` and `{1}` stand for numbers."""
