"""From a trained run to files that run elsewhere: making them, checking them against the trained model, measuring them."""
