"""Tiny checkpoints whose token 0 is an ordinary sign: a language model and an encoder."""

from string import ascii_lowercase


def _tokenizer(signs, ends):
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({s: i for i, s in enumerate(signs)}, unk_token=" "))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    if ends:
        core.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[(s, signs.index(s)) for s in ends]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="!", unk_token=" ", model_max_length=40
    )


def language_model(folder, seed=0):
    """Make a GPT-2 in which `!` is token 0, as in the real one, and padding too."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from superalign.policies.checkpoints import save

    torch.manual_seed(seed)
    signs = ["!", " ", *ascii_lowercase]
    shape = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 40}
    shape |= {"bos_token_id": 1, "eos_token_id": 1}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(signs), initializer_range=0.3, **shape))
    save(model.eval(), _tokenizer(signs, ()), folder)
    return folder


def encoder(folder, seed=0):
    """Make a BERT without a pooler."""
    import torch
    from transformers import BertConfig, BertForMaskedLM

    from superalign.policies.checkpoints import save

    torch.manual_seed(seed)
    signs = ["!", " ", "[CLS]", "[SEP]", *ascii_lowercase]
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(
        vocab_size=len(signs), intermediate_size=16, max_position_embeddings=40, **shape
    )
    model = BertForMaskedLM(config)
    save(model.eval(), _tokenizer(signs, ("[CLS]", "[SEP]")), folder)
    return folder
