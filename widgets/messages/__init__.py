"""What the scheduler and the window had to say."""
