"""Two or three rows in the format of each published data set, all made up here.

Beside them stands what becomes of each row: the class of every item, in order, and its group.
"""

PAIR = [1, 0]

ROWS = {
    "anli-r2": (
        [
            {"premise": "Ada owns a red boat.", "hypothesis": "Ada owns a boat.", "label": 0},
            {"premise": "Ada owns a red boat.", "hypothesis": "Ada likes boats.", "label": 1},
            {"premise": "Ada owns a red boat.", "hypothesis": "Ada owns nothing.", "label": 2},
        ],
        [1, 0, 0],
        1,
    ),
    "boolq": (
        [
            {"question": "is a whisk a tool", "passage": "A whisk is a tool.", "answer": True},
            {"question": "is a whisk a pan", "passage": "A whisk is a tool.", "answer": False},
        ],
        [1, 0],
        1,
    ),
    "cola": (
        [
            {"sentence": "The cat sat.", "label": 1, "idx": 0},
            {"sentence": "Cat the sat.", "label": 0, "idx": 1},
        ],
        [1, 0],
        2,
    ),
    "cosmosqa": (
        [
            {
                "context": "It rained, so Bo ran.",
                "question": "Why did Bo run?",
                "answer0": "To stay dry.",
                "answer1": "To get wet.",
                "answer2": "For money.",
                "answer3": "None of the above choices .",
                "label": 0,
            },
            {
                "context": "Cy slept in.",
                "question": "Where was Cy?",
                "answer0": "At sea.",
                "answer1": "None of the above choices .",
                "answer2": "On a roof.",
                "answer3": "In a cave.",
                "label": "1",
            },
        ],
        [1, 0, 0, 0],
        2,
    ),
    "dream": (
        [
            {
                "dialogue": ["W: Tea?", "M: Yes, please."],
                "question": "What will he drink?",
                "choice": ["Milk.", "Tea.", "Ink."],
                "answer": "Tea.",
            },
            {
                "dialogue": ["W: Tea?", "M: Yes, please."],
                "question": "Is he rude?",
                "choice": ["Yes.", "He sings.", "No."],
                "answer": "No.",
            },
        ],
        [0, 1, 0, 0, 0, 1],
        1,
    ),
    "ethics-deontology": (
        [
            {"label": 1, "scenario": "Can you mow?", "excuse": "No, it is already mown."},
            {"label": 0, "scenario": "Can you mow?", "excuse": "No, I own a hat."},
        ],
        [1, 0],
        1,
    ),
    "ethics-justice": (
        [
            {"label": 1, "scenario": "I paid Di because she had worked."},
            {"label": 0, "scenario": "I paid Di because it was dark."},
        ],
        [1, 0],
        1,
    ),
    "ethics-utilitarianism": (
        [{"baseline": "I ate a pear.", "less_pleasant": "I ate a pear with a worm in it."}],
        None,
        1,
    ),
    "ethics-virtue": (
        [
            {"label": 1, "scenario": "Ed gave his coat away. [SEP] generous"},
            {"label": 0, "scenario": "Ed gave his coat away. [SEP] greedy"},
        ],
        [1, 0],
        1,
    ),
    "hellaswag": (
        [
            {
                "ctx": "She picks up a brush and",
                "endings": ["paints.", "melts.", "is a lamp.", "rains."],
                "label": "0",
            }
        ],
        [1, 0, 0, 0],
        1,
    ),
    "mc-taco": (
        [
            {"sentence": "Flo napped.", "question": "How long?", "answer": "an hour", "label": 1},
            {"sentence": "Flo napped.", "question": "How long?", "answer": "a century", "label": 0},
        ],
        [1, 0],
        1,
    ),
    "multirc": (
        [
            {"paragraph": "Gus has a goat.", "question": "What?", "answer": "a goat", "label": 1},
            {"paragraph": "Gus has a goat.", "question": "What?", "answer": "a gnu", "label": 0},
        ],
        [1, 0],
        1,
    ),
    "openbookqa": (
        [
            {
                "question_stem": "Ice left in the sun will",
                "choices": {"text": ["sing", "melt", "bark", "grow"], "label": [*"ABCD"]},
                "answerKey": "B",
            }
        ],
        [0, 1, 0, 0],
        1,
    ),
    "paws": (
        [
            {"sentence1": "Hal saw Ida.", "sentence2": "Ida was seen by Hal.", "label": 1},
            {"sentence1": "Hal saw Ida.", "sentence2": "Ida saw Hal.", "label": 0},
        ],
        [1, 0],
        1,
    ),
    "piqa": (
        [{"goal": "Dry a cup.", "sol1": "Use a flame.", "sol2": "Use a cloth.", "label": 1}],
        [0, 1],
        1,
    ),
    "quail": (
        [
            {
                "context": "Jo baked bread.",
                "question": "What did Jo bake?",
                "answers": ["bread", "stones", "not enough information", "shoes"],
                "correct_answer_id": 0,
            }
        ],
        [1, 0, 0, 0],
        1,
    ),
    "quartz": (
        [
            {
                "para": "More light means more growth.",
                "question": "Which plant grows more?",
                "choices": {"text": ["the lit one", "the dark one"], "label": ["A", "B"]},
                "answerKey": "A",
            }
        ],
        [1, 0],
        1,
    ),
    "sciq": (
        [
            {
                "question": "What do lungs take in?",
                "correct_answer": "air",
                "distractor1": "sand",
                "distractor2": "light",
                "distractor3": "sound",
                "support": "",
            }
        ],
        [1, 0, 0, 0],
        1,
    ),
    "social-i-qa": (
        [
            {
                "context": "Kim lent Lou a pen.",
                "question": "How does Lou feel?",
                "answerA": "angry",
                "answerB": "thankful",
                "answerC": "purple",
                "label": "2",
            }
        ],
        [0, 1, 0],
        1,
    ),
    "sst2": (
        [
            {"idx": 0, "sentence": "a joy to watch", "label": 1},
            {"idx": 1, "sentence": "a waste of film", "label": 0},
        ],
        [1, 0],
        2,
    ),
    "twitter-sentiment": (
        [{"text": "what a day!", "label": 1}, {"text": "missed my train", "label": 0}],
        [1, 0],
        2,
    ),
    "wic": (
        [
            {"word": "bank", "sentence1": "A bank.", "sentence2": "The banks.", "label": 1},
            {"word": "bank", "sentence1": "A bank.", "sentence2": "River bank.", "label": 0},
        ],
        [1, 0],
        1,
    ),
}

OTHERS = {
    "toxicity": (
        [
            {"class": 0, "tweet": "RT @a: I loathe all of you people!"},
            {"class": 1, "tweet": "you damn fool"},
            {"class": "2", "tweet": "I loathe all of you people https://x.y/1"},
        ],
        [1, 1, 0],
        2,
    ),
    "privacy-policy-qa": (
        [
            {"question": "do you sell data?", "text": "We sell no data.", "answer": "Relevant"},
            {"question": "do you sell data?", "text": "Parks close at 5.", "answer": "Irrelevant"},
        ],
        [1, 0],
        1,
    ),
}
