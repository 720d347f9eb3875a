async () => {
  // Three players in step: whoever plays, pauses or seeks one of them does so to all, for they are there to be compared.
  // Called when their clips are on the way; only the last one sounds, and the others keep to its time.
  const found = () => [...document.querySelectorAll("#players video")];
  const ready = () => found().length === 3 && found().every((video) => video.readyState > 1);
  for (let waited = 0; !ready() && waited < 300; waited++) await new Promise((done) => setTimeout(done, 100));
  const videos = found();
  const last = videos.at(-1);
  // seconds by which one is behind another, on the loop that they play
  const behind = (one, other) => {
    const late = other.currentTime - one.currentTime;
    return late - (other.duration || 1) * Math.round(late / (other.duration || 1));
  };
  for (const video of videos) {
    const others = videos.filter((one) => one !== video);
    const meet = (one) => {
      if (video.paused ? Math.abs(one.currentTime - video.currentTime) < 0.01 : Math.abs(behind(one, video)) < 0.3) return;
      one.led = one.currentTime = video.currentTime; // or it would lead the others in its turn, to where it was before
    };
    video.onplay = () => others.forEach((one) => { meet(one); if (one.paused) one.play().catch(() => {}); });
    video.onpause = () => {
      // one that was made to pause leads nobody: it would take back the seek of somebody who was quicker than this event
      const led = video.stilled;
      video.stilled = false;
      if (led) return;
      others.forEach((one) => { if (!one.paused) { one.stilled = true; one.pause(); } meet(one); });
    };
    video.onseeked = () => {
      // by the time and not by a flag: whoever seeks this one while it is still being led there wants all to follow
      const led = Math.abs(video.currentTime - video.led) < 0.01;
      video.led = NaN;
      if (!led) others.forEach(meet);
    };
    video.stilled = false;
    video.muted = video !== last;
  }
  if (!last) return;
  last.ontimeupdate = () => videos.forEach((one) => {
    // decoders start and loop at their own pace: small differences are run off, not jumped over
    if (one !== last) one.playbackRate = Math.min(2, Math.max(0.5, 1 + 2 * behind(one, last)));
  });
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) last.play().catch(() => {});
}
