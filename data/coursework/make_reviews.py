"""reviews.csv: sentences of product reviews with their sentiment, from the source package of vaderSentiment.

    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    /path/to/python data/coursework/make_reviews.py vaderSentiment-3.3.2.tar.gz

Sentences of 3 to 30 words that people rated at least 1 away from neutral (on a scale from -4 to 4), equally many of
each sentiment, in a fixed random order.
"""

import io
import pathlib
import random
import sys
import tarfile

import pandas as pd

FOLDER = "additional_resources/hutto_ICWSM_2014.tar.gz"
with tarfile.open(sys.argv[1]) as package:
    inner = package.extractfile(f"vaderSentiment-3.3.2/{FOLDER}").read()
with tarfile.open(fileobj=io.BytesIO(inner)) as resources:
    lines = resources.extractfile("hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt").read().decode("utf8")
kinds = {"positive": [], "negative": []}
for line in lines.splitlines():
    _, rating, text = line.split("\t")
    text = " ".join(text.split())
    if abs(float(rating)) >= 1 and 3 <= len(text.split()) <= 30 and text.isascii():
        kinds["positive" if float(rating) > 0 else "negative"].append(text)
random.seed(2014)
count = min(len(texts) for texts in kinds.values())
rows = [(text, kind) for kind, texts in kinds.items() for text in random.sample(texts, count)]
random.shuffle(rows)
table = pd.DataFrame(rows, columns=["text", "sentiment"])
table.to_csv(pathlib.Path(__file__).with_name("reviews.csv"), index=False)
print(len(table), table["sentiment"].value_counts().to_dict())
