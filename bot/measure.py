"""Measures understanding with Rasa's own test functions: cross-validation, languages left out, entities, phrases.

Run in the bot's environment by `wenlu bench nlu`, which says what to measure in a JSON file and reads the results from
another; see `Request`. A model is trained for each fold, on all languages, from the same files as the product's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import rasa.model_training
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.nlu.test import evaluate_entities, generate_folds, get_eval_data
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.utils.log_utils import configure_structlog

SEED = 20
EXTRACTORS = {"WenluEntityExtractor"}


@dataclass
class Request:
    """What to measure. `languages`: the language of each example's text; `without`: languages to learn nothing of,
    apart from `keep` examples of each."""

    config: str
    data: List[str]
    languages: Dict[str, str]
    folds: int = 3
    without: List[str] = field(default_factory=list)
    keep: int = 0
    entities: Dict[str, str] = field(default_factory=dict)
    """Annotated sentences in Rasa's format: a file for each language."""
    phrases: List[str] = field(default_factory=list)
    """Texts whose intent and confidence are wanted, from the first model."""

    def language(self, text: str) -> str:
        """The language of an example, or "?"."""
        return self.languages.get(" ".join(text.split()), "?")


def only(data: TrainingData, examples: List[Any]) -> TrainingData:
    """The training data with other examples."""
    return TrainingData(
        training_examples=examples,
        entity_synonyms=data.entity_synonyms,
        regex_features=data.regex_features,
        lookup_tables=data.lookup_tables,
        responses=data.responses,
    )


def splits(data: TrainingData, request: Request) -> Iterator[Tuple[TrainingData, TrainingData]]:
    """What is learned from and what is tested on: the languages left out, or else Rasa's stratified folds.

    The examples that are kept of a language are drawn by lot: fifty are among the hundred of another run.
    """
    if not request.without:
        np.random.seed(SEED)
        yield from generate_folds(request.folds, data)
        return
    examples = data.intent_examples
    left: Dict[str, List[int]] = {language: [] for language in request.without}
    for number in np.random.default_rng(SEED).permutation(len(examples)).tolist():
        language = request.language(examples[number].get(TEXT))
        if language in left:
            left[language].append(number)
    tested = {number for numbers in left.values() for number in numbers[request.keep :]}
    known = [example for number, example in enumerate(examples) if number not in tested]
    yield only(data, known), only(data, [examples[number] for number in sorted(tested)])


def trained(config: str, data: TrainingData, folder: Path) -> MessageProcessor:
    """Train on the data and load the model."""
    file = folder / "nlu.yml"
    RasaYAMLWriter().dump(file, data)
    model = rasa.model_training.train_nlu(config, str(file), str(folder))
    assert model is not None
    processor = Agent.load(model).processor
    assert processor is not None
    return processor


async def entity_scores(processor: MessageProcessor, files: Dict[str, str]) -> Dict[str, Dict[str, float]]:
    """Rasa's token-wise precision, recall and F1 (micro, without "no entity") of each language and of all."""
    scores, everything = {}, []
    for language, file in files.items():
        _, _, results = await get_eval_data(processor, training_data_from_paths([file], "en"))
        everything += results
        scores[language] = _entity_score(results)
    if everything:
        scores["all"] = _entity_score(everything)
    return scores


def _entity_score(results: List[Any]) -> Dict[str, float]:
    report = evaluate_entities(results, EXTRACTORS, None, False, False, True, report_as_dict=True)
    average = report["WenluEntityExtractor"]["report"]["micro avg"]
    return {"precision": average["precision"], "recall": average["recall"], "f1": average["f1-score"]}


async def reading(processor: MessageProcessor, texts: List[str]) -> List[Dict[str, Any]]:
    """The intent and confidence of each text, as the product would see them."""
    found = []
    for text in texts:
        parsed = await processor.parse_message(UserMessage(text=text))
        found.append({"text": text, "intent": parsed["intent"]["name"], "confidence": parsed["intent"]["confidence"]})
    return found


async def measure(request: Request) -> Dict[str, Any]:
    """Train and test on every split; return predictions, entity scores and how long things took (seconds)."""
    data = training_data_from_paths(request.data, "en")
    predictions: List[Dict[str, Any]] = []
    result: Dict[str, Any] = {"entities": {}, "phrases": [], "train_s": [], "turn_ms": []}
    for number, (train, test) in enumerate(splits(data, request), start=1):
        print(f"split {number}: {len(train.intent_examples)} to learn, {len(test.intent_examples)} to test", flush=True)
        with tempfile.TemporaryDirectory() as name:
            began = time.monotonic()
            processor = trained(request.config, train, Path(name))
            result["train_s"].append(round(time.monotonic() - began, 1))
        began = time.monotonic()
        intents, _, _ = await get_eval_data(processor, only(test, list(test.intent_examples)))
        result["turn_ms"].append(round(1000 * (time.monotonic() - began) / max(1, len(intents)), 2))
        predictions += [
            {
                "text": outcome.message,
                "language": request.language(outcome.message),
                "intent": outcome.intent_target,
                "predicted": outcome.intent_prediction,
                "confidence": outcome.confidence,
            }
            for outcome in intents
        ]
        if number == 1:
            result["entities"] = await entity_scores(processor, request.entities)
            result["phrases"] = await reading(processor, request.phrases)
    return {**result, "predictions": predictions}


def main(asked: str, answer: str) -> None:
    """Measure what the JSON file `asked` says and write the result to `answer`."""
    configure_structlog(logging.ERROR)  # else Rasa shows every message it reads
    request = Request(**json.loads(Path(asked).read_text(encoding="utf-8")))
    Path(answer).write_text(json.dumps(asyncio.run(measure(request)), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
