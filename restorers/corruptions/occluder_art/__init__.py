"""Pictures of things that cover faces, drawn by code: shapes, heights, light, texture."""
