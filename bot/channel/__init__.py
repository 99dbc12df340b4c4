"""The input channel through which the api talks to Rasa."""
