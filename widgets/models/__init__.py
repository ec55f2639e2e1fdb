"""The tab of exported models: which there are, what they are and cost, and making more of them."""
