"""The views: they show what the session holds and ask it for things. The only place for QtWidgets and pyqtgraph."""
