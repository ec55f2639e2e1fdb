"""An exported model for those who ask over a network: served here, or a folder that a server takes as it is."""
