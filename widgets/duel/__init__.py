"""The duel: a form for a match, the duels of the home, and a page that follows one and shows what it found."""
