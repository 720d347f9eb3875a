"""The static words of the Video tab in English and Chinese, by key; `texts` gives them to the page."""

from typing import Final

ENGLISH: Final = {
    "video_intro": (
        "<div class='intro' id='video-intro'><p>Something moves over a face. Each frame is restored by itself, and then once more "
        "together with the frames before and after it, so that nothing flickers.</p></div>"
    ),
    "step_clip": '<h2 class="step"><i>1</i> A clip</h2>',
    "example_clip": "Synthetic face, 3 s: example",
    "clip": "The clip",
    "clip_limits": "mp4, webm or mov, at most 10 s and 10 MB.",
    "clip_refused": "That clip was not taken; choose another one.",
    "step_cover": '<h2 class="step"><i>2</i> What covers the face</h2>',
    "cover_from": "Where it comes from",
    "cover_put_on": "The app puts it on",
    "cover_found": "Found in the clip",
    "cover_drawn": "A mask on the first frame",
    "wandering": "Moving black box",
    "paint_cover": "Paint over the occluder",
    "step_method": '<h2 class="step"><i>3</i> A method</h2>',
    "method": "Method",
    "restore_clip": "Restore the clip",
    "video_ready": "Nothing has been restored yet: choose a clip and what covers the face in it.",
    "frame_by_frame": "Frame by frame",
    "consistent": "Consistent",
    "play_all": "Play all three from the start",
    "flicker": (
        "<div><h2>Flicker</h2><p class='note'>How much changes inside the mask from one frame to the next, beyond what moves: lower "
        "is steadier. Where the app put the occluder on, the truth is known: its own line is the least that can be asked for. A "
        "frozen picture would be steady too; look at the mouth.</p></div>"
    ),
    "flicker_chart": "Flicker over time",
    "clip_zip": "Download clips and measures (zip)",
    "cancelled_early": "Cancelled before it began.",
    "cancelled_empty": "Cancelled; no frame had been restored yet.",
    "frames_done": "All frames are done.",
}
CHINESE: Final = {
    "video_intro": (
        "<div class='intro' id='video-intro'><p>有东西在人脸前移动。每一帧先单独修复，再结合前后各帧修复一次，使画面不闪烁。</p></div>"
    ),
    "step_clip": '<h2 class="step"><i>1</i> 选择视频</h2>',
    "example_clip": "合成人脸，3 秒：示例",
    "clip": "视频片段",
    "clip_limits": "mp4、webm 或 mov，最长 10 秒，最大 10 MB。",
    "clip_refused": "未接受该视频，请另选一个。",
    "step_cover": '<h2 class="step"><i>2</i> 遮挡人脸的是什么</h2>',
    "cover_from": "遮挡的来源",
    "cover_put_on": "由本应用添加",
    "cover_found": "在视频中自动查找",
    "cover_drawn": "在第一帧上画掩码",
    "wandering": "移动的黑框",
    "paint_cover": "涂抹遮挡人脸的部分",
    "step_method": '<h2 class="step"><i>3</i> 选择方法</h2>',
    "method": "方法",
    "restore_clip": "修复视频",
    "video_ready": "尚未修复：请选择一段视频以及遮挡人脸的方式。",
    "frame_by_frame": "逐帧修复",
    "consistent": "时序一致",
    "play_all": "三段视频从头同步播放",
    "flicker": (
        "<div><h2>闪烁</h2><p class='note'>除去画面本身的运动，掩码之内相邻两帧之间还有多少变化：越低越稳定。"
        "遮挡物由本应用添加时，原始画面已知，它自身的曲线即可要求的下限。定住不动的画面同样很稳定，请留意嘴部。</p></div>"
    ),
    "flicker_chart": "闪烁随时间的变化",
    "clip_zip": "下载视频与测量值 (zip)",
    "cancelled_early": "尚未开始就已取消。",
    "cancelled_empty": "已取消；还没有修复任何一帧。",
    "frames_done": "所有帧均已完成。",
}
