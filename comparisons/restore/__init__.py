"""Covered faces in whole photographs: one mask a face, one method, all faces in turn, and the file as it came."""
