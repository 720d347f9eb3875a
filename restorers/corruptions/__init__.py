"""What damages a face: masks, occluders, degradations."""
