"""The static words of the page's head, its tabs and the About tab in English and Chinese, by key; `texts` gives them to the page."""

from typing import Final

from comparisons.arena.comparison import DISCLAIMER

ENGLISH: Final = {
    "motto": "One face, one occluder, every restoration method side by side.",
    "theme": "Light or dark",
    "tab_compare": "Compare",
    "tab_rate": "Rate",
    "tab_results": "Results",
    "tab_video": "Video",
    "tab_about": "About",
    "warning": DISCLAIMER,
    "progress": "Progress",
    "about_not": "What this is not",
    "about_photograph": "What becomes of a photograph",
    "about_kept": (
        "It is worked on by this server only and sent nowhere else. Files are deleted after an hour, and pictures in memory "
        "are forgotten an hour after their last use. A vote holds no picture."
    ),
    "about_sent": (
        "It is worked on by this server, and its covered form is sent to the methods whose cards name another machine. Here, files "
        "are deleted after an hour, and pictures in memory are forgotten an hour after their last use. A vote holds no picture."
    ),
    "about_faces": "How faces are compared",
    "about_same": (
        "The face is cut out as FFHQ's faces are, 256 x 256 pixels, and corrupted once. Every method gets the same pixels, and "
        "visible pixels are put back for all of them alike. Scores are taken from the 8-bit pictures that you see."
    ),
    "about_scores": "What the scores say",
    "about_methods": "The methods",
}
CHINESE: Final = {
    "motto": "同一张脸，同一处遮挡，所有修复方法并排对比。",
    "theme": "切换浅色或深色",
    "tab_compare": "对比",
    "tab_rate": "评判",
    "tab_results": "评测结果",
    "tab_video": "视频",
    "tab_about": "关于",
    "warning": ("被遮挡的部分由各方法凭空生成，并非还原：任何结果都不代表本人的真实样貌，也不能用于辨认任何人。"),
    "progress": "进度",
    "about_not": "本页不是什么",
    "about_photograph": "照片会怎样处理",
    "about_kept": (
        "照片只在本服务器上处理，不会发往别处。文件一小时后删除，内存中的图片在最后一次使用后一小时内清除。投票记录中不含任何图片。"
    ),
    "about_sent": (
        "照片由本服务器处理；遮挡后的人脸会发送给卡片上注明在别处运行的方法。在本服务器上，文件一小时后删除，"
        "内存中的图片在最后一次使用后一小时内清除。投票记录中不含任何图片。"
    ),
    "about_faces": "怎样对比人脸",
    "about_same": (
        "人脸按 FFHQ 的方式裁出，256 x 256 像素，只损坏一次。所有方法得到相同的像素，并且对所有方法一律把可见像素原样放回。"
        "分数按您所看到的 8 位图片计算。"
    ),
    "about_scores": "各项分数说明什么",
    "about_methods": "方法",
}
