"""The web page: the only files beside app.py that import gradio."""
