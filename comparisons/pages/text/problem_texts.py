"""What went wrong with a picture, a mask or a run and what to do, in Chinese by the English template that is raised.

These are the sentences that somebody can meet on the page; those of the commands stay English.
"""

from typing import Final

FILES: Final = {
    "Expected a file that was added to this page and is still kept, and this is none: add it once more.": (
        "需要添加到本页且仍保留的文件，而这不是；请重新添加。"
    ),
    "Expected a picture of at most {most} megapixels, got {got}: shrink or crop it and try again.": (
        "图片最大 {most} 百万像素，现为{got}；请缩小或裁剪后再试。"
    ),
    "{width} x {height} ({size:.1f} megapixels)": " {width} x {height}（{size:.1f} 百万像素）",
    "a larger one": "更大的图片",
    "a far larger one": "大得多的图片",
    "Expected a whole picture, got one that is damaged or cut short: download or export it again and try once more.": (
        "图片已损坏或不完整；请重新下载或导出后再试。"
    ),
    "Expected a picture, got an empty file: choose another one.": "文件是空的；请另选一个。",
    "Expected a picture file, got a folder: choose one of the files in it.": "需要图片文件，而这是文件夹；请选择其中的文件。",
    "Expected a picture file, but {file!r} cannot be opened: choose another one.": "无法打开图片文件 {file!r}；请另选一个。",
    (
        "Expected JPEG, PNG or another common kind, got HEIC, which is read only where the package pi-heif is installed (pip "
        "install pi-heif): install it, or save the picture as JPEG, and try again."
    ): "这里未安装读取 HEIC 的组件 pi-heif；请安装它，或把图片另存为 JPEG 后再试。",
    "Expected a picture ({names}), got a file that is none of these or is damaged: save it as JPEG or PNG and try again.": (
        "需要图片文件（{names}），该文件不是或已损坏；请另存为 JPEG 或 PNG 后再试。"
    ),
    "Expected a file of at most {most} MB, got {size:.1f} MB: save it smaller or as JPEG and try again.": (
        "文件最大 {most} MB，现为 {size:.1f} MB；请缩小或另存为 JPEG 后再试。"
    ),
    "Expected a picture of at least {least} x {least} pixels, got {width} x {height}: choose one in which the face is larger.": (
        "图片至少 {least} x {least} 像素，现为 {width} x {height}；请选人脸更大的一张。"
    ),
    (
        "Expected RGB, CMYK, grey or a palette of 8 or 16 bits, got a file of {kind}: save the picture as 8-bit RGB and try "
        "again."
    ): "不支持该图片的颜色格式（{kind}）；请另存为 8 位 RGB 后再试。",
    "floating-point levels": "浮点数值",
    "Lab colours": "Lab 颜色",
    "HSV colours": "HSV 颜色",
    "Expected one still picture, got a file of {frames} (an animation or pages): save one of them alone and try again.": (
        "需要单张静态图片，该文件含 {frames} 张；请只保存其中一张后再试。"
    ),
    (
        "Expected a picture that opens with at most {seconds:g} s of work and {memory:g} GB of memory, got one that takes more: "
        "save it anew as JPEG or PNG and try again."
    ): "打开该图片所需的时间或内存过多（上限 {seconds:g} 秒、{memory:g} GB）；请另存为 JPEG 或 PNG 后再试。",
    (
        "Expected a whole picture, got one at which its decoder breaks down: save it anew as JPEG or PNG and try again."
    ): "图片已损坏，无法解码；请另存为 JPEG 或 PNG 后再试。",
    "Expected a whole zip, got a file that is none or is damaged: download it again.": (
        "需要完整的 zip，该文件不是或已损坏；请重新下载。"
    ),
    "Expected a sound zip, got one that cannot be unpacked here: download it again.": "这个 zip 无法解压；请重新下载。",
}

MASKS: Final = {
    "No face is chosen yet: take one of the examples or add a photograph.": "尚未选择人脸：请选用一个示例，或添加照片。",
    (
        "Expected a mask of {width} x {height} pixels (width x height), as large as its picture, got {got_width} x {got_height}: "
        "save it at the picture's size and try again."
    ): "掩码应为 {width} x {height} 像素，与图片一致，现为 {got_width} x {got_height}；请按图片尺寸保存后再试。",
    "Expected a mask of 256 x 256 pixels, got {width} x {height}: save it at the face's size and try again.": (
        "掩码应为 256 x 256 像素，现为 {width} x {height}；请按人脸的尺寸保存后再试。"
    ),
    (
        "Expected a mask as large as the photograph ({width} x {height}) or as the face (256 x 256), got {got_width} x {got_height}: "
        "save it at one of these sizes and try again."
    ): "掩码应与照片同样大（{width} x {height}）或与人脸同样大（256 x 256），现为 {got_width} x {got_height}；请按其中一种尺寸保存后再试。",
    "Expected a mask of {width} x {height} pixels, as large as the frames: draw it on the first frame.": (
        "掩码应为 {width} x {height} 像素，与画面一致；请在第一帧上绘制。"
    ),
    "Expected a mask that was drawn on this page, got something else: clear it and draw again.": (
        "需要在本页绘制的掩码，收到的不是；请清空后重新绘制。"
    ),
    "Expected some visible pixels, got a mask that hides everything: leave part of the face black.": (
        "掩码遮住了全部画面；请保留一部分人脸为黑色。"
    ),
    "Expected some missing pixels, got a mask that hides nothing: paint what is missing in white.": (
        "掩码没有遮住任何部分；请把缺失的部分涂成白色。"
    ),
    "The mask is empty, and inverted it would hide everything: paint something first.": (
        "掩码是空的，反转后会遮住全部；请先涂抹一部分。"
    ),
    "No face was found in the photograph: add one in which it is larger and less covered, or show where it is.": (
        "照片中未找到人脸：请添加一张人脸更大、遮挡更少的照片，或指出它的位置。"
    ),
    "Nothing that covers a face was found or painted yet: paint over what covers it, or add a mask.": (
        "尚未找到或涂抹遮住人脸的东西：请涂抹遮挡物，或添加掩码。"
    ),
    (
        "Expected a mask as large as the photograph ({width} x {height}), got {got_width} x {got_height}: "
        "save it at that size and try again."
    ): "掩码应与照片一样大（{width} x {height}），但它是 {got_width} x {got_height}；请按该尺寸保存后重试。",
    "Expected a mask that covers a part of a face, got one that covers none of those that were found.": (
        "掩码应盖住某张人脸的一部分，但它没有盖住任何已找到的人脸。"
    ),
    "Nothing that covers this face was found: paint over it by hand.": "未找到遮住这张脸的东西：请手工涂抹。",
    "Add a photograph first.": "请先添加一张照片。",
    "Nothing has been restored yet: press the button above first.": "尚未修复任何内容：请先按上方的按钮。",
    "Expected a picture that can be written as PNG, got one that cannot: choose JPEG.": "这张图片无法写成 PNG：请选择 JPEG。",
    "There is no mask to save yet: paint over a part of the face first.": "还没有可保存的掩码：请先涂抹人脸的一部分。",
    "No mask has been drawn or uploaded; paint over the part to hide, or choose another occluder.": (
        "还没有绘制或上传掩码；请涂抹要隐藏的部分，或选择其他遮挡物。"
    ),
    "The mask must be as large as the face, {side} x {side} pixels, but it is {width} x {height}; upload one of that size.": (
        "掩码必须与人脸同样大，即 {side} x {side} 像素，现为 {width} x {height}；请按此尺寸上传。"
    ),
    "The mask covers the whole picture and leaves nothing to go by; leave a part of the face visible.": (
        "掩码遮住了整张图片，没有可依据的内容；请露出一部分人脸。"
    ),
    "Nothing is masked and nothing is degraded, so nothing is to restore; choose an occluder or a degradation.": (
        "没有遮挡也没有退化，因此无可修复；请选择遮挡物或画质退化。"
    ),
    "Nothing is marked as covered yet: paint over what covers the face, upload a mask, or let it be found.": (
        "尚未标出遮挡的部分：请涂抹、上传掩码，或自动查找。"
    ),
    "Nothing was found that covers this face: paint over it by hand.": "没有找到遮挡物：请手工涂抹。",
    "The seed must be a whole number from 0 up, but it is {seed!r}; choose another.": (
        "随机种子必须是从 0 起的整数，现为 {seed!r}；请另选一个。"
    ),
    "The seed must be a whole number from 0 to {most}, but it is {seed!r}; choose another.": (
        "随机种子必须是 0 至 {most} 的整数，现为 {seed!r}；请另选一个。"
    ),
    "The hidden area must be a percentage, but it is {ratio!r}; choose another.": (
        "遮挡面积必须是百分数，现为 {ratio!r}；请另选一个。"
    ),
    "The smallest and the largest occlusion ratio belong together; give both or neither.": (
        "最小与最大遮挡比例须同时给出，或都不给出。"
    ),
    "Occlusion ratios must be numbers, but they are {low!r} and {high!r}; choose others.": (
        "遮挡比例必须是数字，现为 {low!r} 和 {high!r}；请另选。"
    ),
    (
        "The occlusion ratio must lie above 0 and at most at {most:.0%}, smallest first, but {low:.1%} to {high:.1%} was asked; "
        "choose another."
    ): "遮挡比例必须大于 0 且不超过 {most:.0%}，由小到大，现为 {low:.1%} 至 {high:.1%}；请另选一个。",
    "{value!r} is no {what} that is known here; choose one of {allowed}.": (
        "没有名为 {value!r} 的{what}；请从以下选择：{allowed}。"
    ),
    "occluder": "遮挡物",
    "degradation": "画质退化",
    "place": "位置",
}

FACES: Final = {
    "That photograph has been thrown away meanwhile; add it again.": "该照片已被清除，请重新添加。",
    "This face came without its photograph: add the photograph and run the methods again.": (
        "这张脸没有对应的照片：请添加照片并重新运行。"
    ),
    "That method gave no picture here; choose one of those that did.": "该方法在这里没有给出图片；请选择给出图片的方法。",
    "All five points are set: take the last one back, or start again.": "五个点均已标出：请撤销最后一个，或重新开始。",
    "That click hit nothing that is there; click on one of the pictures.": "没有点中任何图片；请点击其中一张。",
    (
        "Expected two eyes, a nose and a mouth in the arrangement of a face, got points that form none: choose another face or "
        "use the centre crop."
    ): "这些点不构成一张脸：请另选一张脸，或使用图片中央。",
    (
        "Expected a face that spans at least {least:.0f} pixels, got one of {size:.0f}: show it again, points farther apart, or "
        "take a larger photograph."
    ): "人脸至少应有 {least:.0f} 像素宽，现为 {size:.0f}；请把点标得更开，或换一张更大的照片。",
    (
        "Expected eyes, nose and mouth where a face has them, got points that lie otherwise: start again, and click each where it is."
    ): "眼、鼻、嘴的位置不合人脸：请重新开始，逐点点在其所在之处。",
    "Expected a box or at least two of the five points, got {count}: click one that can be seen.": (
        "需要一个方框，或五点中至少两点，现有 {count} 点：请点击能看见的一点。"
    ),
}

RUNS: Final = {
    "There is nothing to save: choose a measure and a corruption that have scores.": "没有可保存的内容：请选择有分数的指标与损坏方式。",
    "There is no finished comparison yet: run the methods first.": "还没有完成的对比：请先运行各方法。",
    (
        "Expected the restored face at {side} x {side} pixels, as the downloaded input has, got {width} x {height}; "
        "restore the input without resizing it."
    ): "修复后的人脸应为 {side} x {side} 像素，与下载的输入一致，实际为 {width} x {height}；修复时请不要缩放输入。",
    "A picture that somebody brought cannot be made again here; drop it once more.": "他人带来的图片无法在此重新生成；请再放入一次。",
    "There is nothing to choose from yet: run the methods first.": "还没有可选的结果：请先运行各方法。",
    "There is nothing to choose from yet: run the methods first, so that at least two give a picture.": (
        "还没有可选的结果：请先运行各方法，至少有两种给出图片。"
    ),
    "You have chosen {count} times, which is all that is kept of one person. Thank you.": (
        "您已选择 {count} 次，每个人的选择最多保留这么多。谢谢您。"
    ),
    "No choice has been made yet: mark the method whose picture you find best.": "尚未选择：请标出您认为最好的方法。",
    "That comparison has been forgotten meanwhile: an hour after its last use nothing is kept. Run it again.": (
        "该对比已被清除：最后一次使用一小时后不再保留。请重新运行。"
    ),
    "There is no example {name!r}; the link may be an old one. There are {names}.": (
        "没有示例 {name!r}；该链接可能已过期。现有示例：{names}。"
    ),
    "The seed in the link must be a whole number, but it is {seed}; correct the address.": (
        "链接中的随机种子必须是整数，现为 {seed}；请更正网址。"
    ),
    "Expected a number after {key}= in the link, got {value!r}; correct the address.": (
        "链接中 {key}= 之后应为数字，现为 {value!r}；请更正网址。"
    ),
    "Expected a zip or a recipe.json downloaded from this page, got something else; download the comparison again.": (
        "需要从本页下载的 zip 或 recipe.json；请重新下载该对比。"
    ),
    "The seed of a recipe must be at most {most}, and this one is larger; choose another.": (
        "配方的随机种子最大为 {most}；请另选一个。"
    ),
    "The recipe holds {named}, which nothing reads; use only {known}.": "配方中有无法识别的内容：{named}；只能使用 {known}。",
    "The face beside the recipe is not the one that it was made with; use the zip as it was downloaded.": (
        "配方旁的人脸与制作时不同；请使用下载时的 zip。"
    ),
    "The recipe is of a photograph that is not here; use the whole zip, which holds the face.": (
        "配方所用的照片不在这里；请使用完整的 zip，其中含有人脸。"
    ),
    "Expected a face of {side} x {side} pixels in the recipe, got {width} x {height}; use the zip as it was downloaded.": (
        "配方中的人脸应为 {side} x {side} 像素，现为 {width} x {height}；请使用下载时的 zip。"
    ),
    "The recipe's mask was drawn by hand and is not here; use the whole zip, which holds it.": (
        "配方的掩码是手绘的，不在这里；请使用完整的 zip。"
    ),
    "LPIPS needs the trained AlexNet trunk, and {file} is missing: restore {file} from the repository into assets/weights.": (
        "LPIPS 需要训练好的 AlexNet 主干，缺少 {file}；请从代码库恢复到 assets/weights。"
    ),
    (
        "LPIPS needs the trained AlexNet trunk, and {file} is damaged ({error}): restore {file} from the repository into "
        "assets/weights."
    ): "LPIPS 需要训练好的 AlexNet 主干，{file} 已损坏（{error}）；请从代码库恢复到 assets/weights。",
    (
        "LPIPS needs the trained AlexNet trunk, and {file} holds other weights: restore {file} from the repository into "
        "assets/weights."
    ): "LPIPS 需要训练好的 AlexNet 主干，{file} 是别的权重；请从代码库恢复到 assets/weights。",
    "expected weights at {file} in {folder}, found none; make them with: python -m restorers.training {recipe}": (
        "{folder} 中缺少权重 {file}；训练命令：python -m restorers.training {recipe}"
    ),
    "expected whole weights in {file}, the file is damaged ({error}); fetch or train it again": (
        "权重文件 {file} 已损坏（{error}）；请重新获取或训练。"
    ),
    "expected the weights of {network} in {file}, they do not fit ({reason}); train it again": (
        "权重文件 {file} 与网络 {network} 不符（{reason}）；请重新训练。"
    ),
    "expected eigenfaces in {file}, found {names}; train them again": "{file} 中没有特征脸，只有 {names}；请重新训练。",
    "{file} is no table of likeness; make it again: python -m comparisons.ranking.relatives POOL --out {file}.": (
        "{file} 不是相似程度的表格；请重新生成：python -m comparisons.ranking.relatives POOL --out {file}。"
    ),
    (
        "expected the native library of PyPatchMatch, this platform has none; install a wheel of pypatchmatch or build it"
    ): "本平台没有 PyPatchMatch 的原生库；请安装 pypatchmatch 的 wheel 或自行编译。",
}

CHINESE: Final = {**FILES, **MASKS, **FACES, **RUNS}
