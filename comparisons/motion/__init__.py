"""Occlusion that moves: clips in and out, a face and its mask followed over time, restorations that do not flicker."""
