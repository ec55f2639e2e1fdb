"""What `runners.export.serving.tfx` copies: programs that stand without Twinbench."""
