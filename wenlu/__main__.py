"""`python -m wenlu`."""

from wenlu.cli import app

if __name__ == "__main__":
    app()
