"""Signs in to real relying parties through the real server."""
