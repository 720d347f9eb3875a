"""What went wrong and what to do, as it is raised, and what that is in Chinese; `spoken` puts them in.

These are the sentences that somebody can meet on the page; those of the commands stay English.
"""

from typing import Final

SENTENCES: Final = (
    # files
    (r"Expected a file that was added to this page .*", "需要添加到本页且仍保留的文件，而这不是；请重新添加。"),
    (r"Expected a picture of at most (\d+) megapixels, got .*", r"图片最大 \1 百万像素；请缩小或裁剪后再试。"),
    (
        r"Expected a whole picture, got one that is damaged or cut short: .*",
        "图片已损坏或不完整；请重新下载或导出后再试。",
    ),
    (r"Expected a picture, got an empty file: .*", "文件是空的；请另选一个。"),
    (r"Expected a picture file, .*", "该图片文件无法打开；请另选一个。"),
    (
        r"Expected JPEG, PNG or another common kind, got HEIC, .*",
        "这里未安装读取 HEIC 的组件；请把图片另存为 JPEG 后再试。",
    ),
    (
        r"Expected a picture \((.+)\), got a file that is none of these .*",
        r"需要图片文件（\1）；请另存为 JPEG 或 PNG 后再试。",
    ),
    (
        r"Expected a file of at most (\d+) MB, got ([\d.]+) MB: .*",
        r"文件最大 \1 MB，现为 \2 MB；请缩小或另存为 JPEG 后再试。",
    ),
    (
        r"Expected a picture of at least (\d+ x \d+) pixels, got (\d+ x \d+): .*",
        r"图片至少 \1 像素，现为 \2；请选人脸更大的一张。",
    ),
    (
        r"Expected RGB, CMYK, grey or a palette of 8 or 16 bits, .*",
        "不支持该图片的颜色格式；请另存为 8 位 RGB 后再试。",
    ),
    (
        r"Expected one still picture, got a file of (\d+) .*",
        r"需要单张静态图片，该文件含 \1 张；请只保存其中一张后再试。",
    ),
    (
        r"Expected a picture that opens with at most ([\d.]+) s of work .*",
        r"打开该图片所需的时间或内存过多（上限 \1 秒）；请另存为 JPEG 或 PNG 后再试。",
    ),
    (
        r"Expected a whole picture, got one at which its decoder breaks down: .*",
        "图片已损坏，无法解码；请另存为 JPEG 或 PNG 后再试。",
    ),
    # the mask and the damage
    (r"No face is chosen yet: .*", "尚未选择人脸：请选用一个示例，或添加照片。"),
    (
        r"Expected a mask of (\d+ x \d+) pixels .*, got (\d+ x \d+): .*",
        r"掩码应为 \1 像素，与图片一致，现为 \2；请按图片尺寸保存后再试。",
    ),
    (
        r"Expected a mask of (\d+ x \d+) pixels, as large as the frames: .*",
        r"掩码应为 \1 像素，与画面一致；请在第一帧上绘制。",
    ),
    (r"Expected a mask of at most (\d+) layers, .*", r"掩码最多 \1 个图层；请清空后重新绘制。"),
    (r"Expected a mask of .* RGBA pixels, .*", "掩码的尺寸不对；请清空后重新绘制。"),
    (
        r"Expected some visible pixels, got a mask that hides everything: .*",
        "掩码遮住了全部画面；请保留一部分人脸为黑色。",
    ),
    (
        r"Expected some missing pixels, got a mask that hides nothing: .*",
        "掩码没有遮住任何部分；请把缺失的部分涂成白色。",
    ),
    (r"The mask is empty, and inverted it would hide everything: .*", "掩码是空的，反转后会遮住全部；请先涂抹一部分。"),
    (r"There is no mask to save yet: .*", "还没有可保存的掩码：请先涂抹人脸的一部分。"),
    (r"No mask has been drawn or uploaded; .*", "还没有绘制或上传掩码；请涂抹要隐藏的部分，或选择其他遮挡物。"),
    (
        r"The mask must be as large as the face, (\d+ x \d+) pixels, .*",
        r"掩码必须与人脸同样大，即 \1 像素；请按此尺寸上传。",
    ),
    (r"The mask covers the whole picture .*", "掩码遮住了整张图片，没有可依据的内容；请露出一部分人脸。"),
    (r"Nothing is masked and nothing is degraded, .*", "没有遮挡也没有退化，因此无可修复；请选择遮挡物或画质退化。"),
    (r"Nothing is marked as covered yet: .*", "尚未标出遮挡的部分：请涂抹、上传掩码，或自动查找。"),
    (r"Nothing was found that covers this face: .*", "没有找到遮挡物：请手工涂抹。"),
    (r"The seed must be a whole number from 0 (?:up|to \d+), .*", "随机种子必须是从 0 起的整数；请另选一个。"),
    (r"The hidden share must be a number of per cent, .*", "遮挡比例必须是百分数；请另选一个。"),
    (
        r"The occlusion ratio must lie above 0 and at most at (\d+%), .*",
        r"遮挡比例必须大于 0 且不超过 \1；请另选一个。",
    ),
    # the photograph and the face in it
    (r"That photograph has been thrown away meanwhile; .*", "该照片已被清除，请重新添加。"),
    (r"This face came without its photograph: .*", "这张脸没有对应的照片：请添加照片并重新运行。"),
    (r"There is nothing to put back yet: .*", "还没有可放回的内容：请先对被遮挡的人脸运行各方法。"),
    (r"That method gave no picture here; .*", "该方法在这里没有给出图片；请选择给出图片的方法。"),
    (r"All five points are set: .*", "五个点均已标出：请撤销最后一个，或重新开始。"),
    (r"That click hit nothing that is there; .*", "没有点中任何图片；请点击其中一张。"),
    (
        r"Expected two eyes, a nose and a mouth in the arrangement of a face, .*",
        "这些点不构成一张脸：请另选一张脸，或使用图片中央。",
    ),
    (
        r"Expected a face that spans at least (\d+) pixels, .*",
        r"人脸至少应有 \1 像素宽；请把点标得更开，或换一张更大的照片。",
    ),
    (
        r"Expected eyes, nose and mouth where a face has them, .*",
        "眼、鼻、嘴的位置不合人脸：请重新开始，左右以画面为准。",
    ),
    (r"Expected a box or at least two of the five points, .*", "需要一个方框，或五点中至少两点：请点击能看见的一点。"),
    # what was run, and what brings it back
    (r"There is nothing to choose from yet: .*", "还没有可选的结果：请先运行各方法。"),
    (r"You have chosen (\d+) times, which is all .*", r"您已选择 \1 次，每个人的选择最多保留这么多。谢谢您。"),
    (r"No choice has been made yet: .*", "尚未选择：请标出您认为最好的方法。"),
    (r"That comparison has been forgotten meanwhile: .*", "该对比已被清除：最后一次使用一小时后不再保留。请重新运行。"),
    (r"There is no example '?(.*?)'?; the link may be an old one\. .*", r"没有示例 \1；该链接可能已过期。"),
    (r"The seed in the link must be a whole number, .*", "链接中的随机种子必须是整数；请更正网址。"),
    (r"Expected a number after (\w+)= in the link, .*", r"链接中 \1= 之后应为数字；请更正网址。"),
    (r"'(.*)' is no (.+) that is known here; .*", r"这里没有名为 \1 的选项；请另选一个。"),
    (
        r"Expected a zip or a recipe\.json downloaded from this page, .*",
        "需要从本页下载的 zip 或 recipe.json；请重新下载该对比。",
    ),
    (r"Expected a recipe of at most (\d+) MB, .*", r"配方最大 \1 MB；请使用从本页下载的文件。"),
    (r"The seed of a recipe must be at most (\d+), .*", r"配方的随机种子最大为 \1；请另选一个。"),
    (r"The recipe holds .*, which nothing reads; .*", "配方中有无法识别的内容；请使用从本页下载的文件。"),
    (r"The face beside the recipe is not the one .*", "配方旁的人脸与制作时不同；请使用下载时的 zip。"),
    (r"The recipe is of a photograph that is not here; .*", "配方所用的照片不在这里；请使用完整的 zip，其中含有人脸。"),
    (r"Expected a face of (\d+ x \d+) pixels in the recipe, .*", r"配方中的人脸应为 \1 像素；请使用下载时的 zip。"),
    (r"The recipe's mask was drawn by hand and is not here; .*", "配方的掩码是手绘的，不在这里；请使用完整的 zip。"),
    # clips
    (r"No clip is chosen yet: .*", "尚未选择视频：请选用一个示例，或添加自己的视频。"),
    (r"That example is not here any more; .*", "该示例已不在这里；请另选一个。"),
    (r"Expected a clip with pictures.*", "该视频中没有画面；请重新录制或导出，或另选一个。"),
    (r"Expected a clip that can be played here, .*", "无法播放该视频的编码；请导出为 H.264（mp4）。"),
    (
        r"Expected frames of at most (\d+) megapixels, got (\d+ x \d+): .*",
        r"每帧最大 \1 百万像素，现为 \2；请缩小后导出。",
    ),
    (
        r"Expected frames of at least (\d+ x \d+) pixels, got (\d+ x \d+): .*",
        r"每帧至少 \1 像素，现为 \2；请选更大的视频。",
    ),
    (r"Expected frames of at most (\d+) megapixels, got larger ones: .*", r"每帧最大 \1 百万像素；请缩小后导出。"),
    (
        r"Expected a clip that opens with at most ([\d.]+) s of work .*",
        r"打开该视频所需的时间或内存过多（上限 \1 秒）；请导出为 H.264（mp4）。",
    ),
    (
        r"Expected a whole clip, got one at which its decoder breaks down: .*",
        "视频已损坏，无法解码；请导出为 H.264（mp4）。",
    ),
    (r"Expected a clip of at most (\d+) s, .*", r"视频最长 \1 秒；请剪出需要的部分。"),
    (r"Expected a clip of at most (\d+) frames, .*", r"视频最多 \1 帧；请缩短，或把帧率减半。"),
    (r"Expected a clip, but .* is no file or an empty one: .*", "该视频文件不存在或是空的；请另选一个。"),
    (
        r"Expected a clip \(mp4, webm or mov\), .*",
        "需要视频文件（mp4、webm 或 mov）；该文件不是、已损坏或不完整，请重新导出后再试。",
    ),
    (r"Expected something to cover the face with, .*", "没有这种遮挡物；请另选一种。"),
    (r"(.+) fills in nothing: choose another method for a clip\.", r"\1 不能补全缺失部分；请为视频另选方法。"),
    (r"Expected a face of which something is covered, .*", "视频中没有任何被遮挡的人脸；请检查掩码。"),
    (r"Expected a face in the clip, but (.+) found none: .*", r"\1 在视频中未找到人脸；请选人脸更大、遮挡更少的视频。"),
    # limits that one visitor shall not keep from the others
    (r"You have (\d+) requests waiting already; .*", r"您已有 \1 个请求在等待；请等其中一个完成。"),
    (
        r"From your network (\d+) requests are waiting already; .*",
        r"您所在的网络已有 \1 个请求在等待；请等其中一个完成。",
    ),
    (r"All (\d+) places are taken just now; .*", r"\1 个等待位置已满；请一分钟后再试。"),
    (r"Too many uploads are on their way already; .*", "正在上传的文件过多；请等其中一个完成。"),
    (r"Expected at most (\d+) MB, got more; .*", r"一次最多发送 \1 MB；请发送较小的文件。"),
    (r"Expected the request within (\d+) s, .*", r"\1 秒内未收完；请重试。"),
    # a call
    (
        r"Expected what this page sends, and got something else: .*",
        "收到的内容不是本页会发送的；请重新载入本页后再试。",
    ),
    # what was measured
    (r"That run is not here any more; .*", "该次测试已不在这里；请重新打开本页。"),
    (r"There is no study of this name; .*", "没有这个名称的研究；请另选一个。"),
)
"""Patterns of English sentences, and their Chinese with the groups put in; the first that fits a whole sentence counts."""
