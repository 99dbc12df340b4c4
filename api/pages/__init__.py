"""Pages for people's browsers: the home page with the widget, the brochures, the console, and the files they need."""
