"""What corrupts a face: masks, occluders, degradations."""
