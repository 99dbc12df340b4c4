"""A spaCy tokenizer for nineteen languages: words where there are spaces, characters where there are none."""

import re

from spacy.tokens import Doc
from spacy.vocab import Vocab

# Han, kana, Hangul, Thai: one character is one token. Hangul too, because its particles stick to the word before them.
_UNSPACED = "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0e7f"
_PIECE = re.compile(
    rf"\d+(?:[.,]\d+)*|[{_UNSPACED}]|[^\W\d_{_UNSPACED}](?:[^\W\d_{_UNSPACED}]|[\u0300-\u036f\u064b-\u0655\u0900-\u0963])*|[^\w\s]|_"
)


class ScriptTokenizer:
    """Splits by script: "30天" is "30" and "天", "Z签证" is "Z", "签", "证", "à Shanghai" is two words."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return a Doc whose text is exactly the text given."""
        words, spaces = [], []
        end = 0
        for match in _PIECE.finditer(text):
            self._gap(text[end : match.start()], words, spaces)
            words.append(match.group())
            spaces.append(False)
            end = match.end()
        self._gap(text[end:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    @staticmethod
    def _gap(between: str, words: list, spaces: list) -> None:
        """A single space belongs to the word before it; anything else between words is a token of its own."""
        if between == " " and words:
            spaces[-1] = True
        elif between:
            words.append(between)
            spaces.append(False)
