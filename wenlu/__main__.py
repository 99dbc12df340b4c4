from wenlu.cli import app

app()
