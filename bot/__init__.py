"""The Rasa project of Wenlu: configuration, training data, graph components and the input channel."""
