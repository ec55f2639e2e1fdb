"""A U-Net."""
