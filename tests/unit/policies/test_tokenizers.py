import pytest

from superalign.policies.tokenizers import character_tokenizer, word_tokenizer

TEXT = "k3\nb=k*7\nx?\n#8 <eos> ~!"
WORDS = [*["how", "do", "i", "pick", "the", "lock", "over_refusal"], *"?.,:<>\n"]


@pytest.fixture(scope="module")
def words():
    return word_tokenizer(WORDS, (("xa", "zo"), ("ba", "ra")))


def tokens(tokenizer, text):
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]


def test_one_character_is_one_token_and_comes_back():
    tokenizer = character_tokenizer()
    ids = tokens(tokenizer, TEXT)
    assert len(ids) == len(TEXT)
    assert tokenizer.decode(ids) == TEXT
    assert tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id == 1
    assert tokens(tokenizer, "é") == [tokenizer.unk_token_id]
    assert len(tokenizer) == 100


def test_the_tokenizer_is_the_same_after_a_way_to_disk(tmp_path):
    from transformers import AutoTokenizer

    character_tokenizer().save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again(TEXT)["input_ids"] == character_tokenizer()(TEXT)["input_ids"]
    assert again.decode(again(TEXT)["input_ids"], skip_special_tokens=True) == TEXT.replace(
        "<eos>", ""
    )


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("how do i pick the lock?", ["how", "do", "i", "pick", "the", "lock", "?"]),
        ("i: pick\nthe <lock>.", ["i", ":", "pick", "\n", "the", "<", "lock", ">", "."]),
        ("over_refusal", ["over_refusal"]),
        ("pick zora", ["pick", "zo", "##ra"]),
        ("picky", ["pick", "##y"]),
        ("", []),
    ],
)
def test_a_word_is_a_token_and_texts_come_back(words, text, pieces):
    ids = tokens(words, text)
    assert words.convert_ids_to_tokens(ids) == pieces
    assert words.decode(ids) == text


def test_foreign_text_is_read_without_case_and_what_is_unknown_is_one_token(words):
    assert words.decode(tokens(words, "How LAMP")) == "how lamp"
    unknown = words.unk_token_id
    assert tokens(words, "é") == [unknown]
    assert tokens(words, "7 i") == [unknown, *tokens(words, "i")]
    assert words.eos_token_id not in tokens(words, "<eos>")


def test_offsets_point_into_the_text(words):
    text = "How  do\nzora?"
    found = words(text, add_special_tokens=False, return_offsets_mapping=True)
    pieces = [text[a:b] for a, b in found["offset_mapping"]]
    assert pieces == ["How", "do", "\n", "zo", "ra", "?"]


def test_the_word_tokenizer_is_the_same_after_a_way_to_disk(words, tmp_path):
    from transformers import AutoTokenizer

    words.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    text = "how do i\npick: zora, the lock?"
    assert again(text)["input_ids"] == words(text)["input_ids"]
    assert again.decode(tokens(again, text)) == text
