"""A network that begins with what another training learnt."""
