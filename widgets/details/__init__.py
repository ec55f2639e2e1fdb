"""All that is known of the selected run."""
