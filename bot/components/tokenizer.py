"""The tokenizer of the pipeline: words between spaces, each with a normalised form that the featurizers count."""

from typing import List, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.components.normalise import normalise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class WenluTokenizer(WhitespaceTokenizer):
    """Whitespace tokens whose lemma is the normalised spelling.

    Scripts written without spaces stay one long token: the character n-grams that are counted afterwards do not need
    words, and a word segmenter for each of these languages would need packages of its own.
    """

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """Return the tokens of an attribute; a token's text is as typed, its lemma is normalised."""
        tokens = super().tokenize(message, attribute)
        for token in tokens:
            token.lemma = normalise(token.text) or token.text
        return tokens
