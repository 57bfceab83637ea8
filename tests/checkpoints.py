"""A checkpoint of random weights that a test makes."""


def make_checkpoint(folder, *, seed, width=32, layers=2, inner=32):
    from superalign.policies.checkpoints import save
    from superalign.policies.organisms import Shape, new_model
    from superalign.policies.tokenizers import character_tokenizer

    tokenizer = character_tokenizer()
    shape = Shape(width=width, layers=layers, heads=2, inner=inner, lr=1e-3, tokens=1)
    model = new_model(shape, len(tokenizer), seed=seed)
    model.generation_config.eos_token_id = 2
    save(model, tokenizer, folder)
    return folder
