"""What holds for every tab: look, gates, limits, downloads, and whatever leans on Gradio's insides."""
