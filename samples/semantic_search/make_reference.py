#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the reference that the sample is held against, with PyTorch's own transformer layers (Debian: python3-torch).

    python3 make_reference.py MODEL_DIR              writes reference.safetensors beside this file
    python3 make_reference.py MODEL_DIR --tokenizer  writes tests/samples/tokenizer_{cases.json,vocab.txt}

MODEL_DIR holds model.safetensors, vocab.txt and config.json of all-MiniLM-L6-v2. The sentences of corpus.txt and its
queries are tokenized by the code below (a second implementation, on unicodedata), put through PyTorch's
TransformerEncoderLayer in double precision, averaged over their tokens and scaled to length one, as
sentence-transformers does. Where the package `tokenizers` is installed, and MODEL_DIR has the model's tokenizer.json,
the tokens are compared with its as well.

The file keeps: vectors F32 [texts, 384], token_counts I32 [texts], token_ids I32 [all], answers I32 [queries, 3]; the
sentences come first, then the queries, each in the order of the file.
"""
import hashlib
import json
import os
import random
import struct
import sys
import unicodedata as ud

HERE = os.path.dirname(os.path.abspath(__file__))
MAX_TOKENS = 256  # sentence_bert_config.json
CHINESE = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
           (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F)]


# ---- tokenizer -----------------------------------------------------------------------------------------------------

def is_space(c):
    return c in " \t\n\r\u2028\u2029" or ud.category(c) == "Zs"


def is_punctuation(c):
    o = ord(c)
    return 33 <= o <= 47 or 58 <= o <= 64 or 91 <= o <= 96 or 123 <= o <= 126 or ud.category(c)[0] == "P"


def normalise(text):
    out = []
    for c in text:
        if is_space(c):
            out.append(" ")
        elif c not in "\0\ufffd" and ud.category(c) not in ("Cc", "Cf", "Co", "Cs"):
            out.append(f" {c} " if any(a <= ord(c) <= b for a, b in CHINESE) else c)
    plain = "".join(c for c in ud.normalize("NFD", "".join(out)) if ud.category(c) != "Mn")
    return "".join(c.lower() for c in plain)


def words(text):
    word = ""
    for c in normalise(text) + " ":
        if c == " " or is_punctuation(c):
            if word:
                yield word
            if c != " ":
                yield c
            word = ""
        else:
            word += c


def pieces(word, vocab):
    if len(word) > 100:
        return ["[UNK]"]
    out, begin = [], 0
    while begin < len(word):
        for end in range(len(word), begin, -1):
            p = ("##" if begin else "") + word[begin:end]
            if p in vocab:
                out.append(p)
                begin = end
                break
        else:
            return ["[UNK]"]
    return out


def tokenize(text, vocab):
    tokens = [p for w in words(text) for p in pieces(w, vocab)]
    return ["[CLS]"] + tokens[:MAX_TOKENS - 2] + ["[SEP]"]


def compare_with_tokenizers(model, texts, mine):
    try:
        import tokenizers
    except ImportError:
        print("tokenizers is not installed: the token numbers were not compared with it")
        return
    path = os.path.join(model, "tokenizer.json")
    if not os.path.exists(path):
        print(f"{path} is not there: the tokens were not compared with the package tokenizers")
        return
    peer = tokenizers.Tokenizer.from_file(path)
    peer.no_padding()
    peer.enable_truncation(MAX_TOKENS)
    wrong = [t for t, m in zip(texts, mine) if peer.encode(t).tokens != m]
    print(f"tokenizers {tokenizers.__version__}: {len(texts)} texts compared, {len(wrong)} differ")
    if wrong:
        text = wrong[0]
        sys.exit(f"first: {text!r}\n mine: {tokenize(text, load_vocab(model))}\n its:  {peer.encode(text).tokens}")


def load_vocab(model):
    with open(os.path.join(model, "vocab.txt"), encoding="utf-8") as f:
        return {line.rstrip("\n"): i for i, line in enumerate(f)}


def load_corpus():
    sentences, queries = [], []
    with open(os.path.join(HERE, "corpus.txt"), encoding="utf-8") as f:
        for line in f.read().split("\n"):
            if line.startswith("? "):
                queries.append(line[2:])
            elif line and not line.startswith("#"):
                sentences.append(line)
    return sentences, queries


# ---- safetensors ---------------------------------------------------------------------------------------------------

def load_weights(path):
    import torch
    with open(path, "rb") as f:
        blob = f.read()
    length = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + length])
    out = {}
    for name, t in header.items():
        if name != "__metadata__" and t["dtype"] == "F32":
            a, b = (8 + length + x for x in t["data_offsets"])
            out[name] = torch.frombuffer(bytearray(blob[a:b]), dtype=torch.float32).reshape(t["shape"]).double()
    return out, hashlib.sha256(blob).hexdigest()


def save(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


# ---- model ---------------------------------------------------------------------------------------------------------

def build_encoder(w, config):
    import torch
    layers = []
    for i in range(config["num_hidden_layers"]):
        layer = torch.nn.TransformerEncoderLayer(
            config["hidden_size"], config["num_attention_heads"], config["intermediate_size"], dropout=0.0,
            activation="gelu", layer_norm_eps=config["layer_norm_eps"], batch_first=True, dtype=torch.float64)
        p = f"encoder.layer.{i}."
        qkv = [p + "attention.self." + x for x in ("query", "key", "value")]
        layer.load_state_dict({
            "self_attn.in_proj_weight": torch.cat([w[x + ".weight"] for x in qkv]),
            "self_attn.in_proj_bias": torch.cat([w[x + ".bias"] for x in qkv]),
            "self_attn.out_proj.weight": w[p + "attention.output.dense.weight"],
            "self_attn.out_proj.bias": w[p + "attention.output.dense.bias"],
            "norm1.weight": w[p + "attention.output.LayerNorm.weight"],
            "norm1.bias": w[p + "attention.output.LayerNorm.bias"],
            "linear1.weight": w[p + "intermediate.dense.weight"], "linear1.bias": w[p + "intermediate.dense.bias"],
            "linear2.weight": w[p + "output.dense.weight"], "linear2.bias": w[p + "output.dense.bias"],
            "norm2.weight": w[p + "output.LayerNorm.weight"], "norm2.bias": w[p + "output.LayerNorm.bias"],
        })
        layers.append(layer)
    return torch.nn.Sequential(*layers).eval()


def embed(ids, w, encoder, config):
    import torch
    from torch.nn import functional as F
    n = len(ids)
    x = (w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:n]
         + w["embeddings.token_type_embeddings.weight"][0])
    x = F.layer_norm(x, (config["hidden_size"],), w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"],
                     config["layer_norm_eps"])
    return F.normalize(encoder(x[None])[0].mean(dim=0), dim=0)


def make_reference(model):
    import torch
    torch.set_grad_enabled(False)
    with open(os.path.join(model, "config.json"), encoding="utf-8") as f:
        config = json.load(f)
    vocab = load_vocab(model)
    sentences, queries = load_corpus()
    texts = sentences + queries
    tokens = [tokenize(t, vocab) for t in texts]
    compare_with_tokenizers(model, texts, tokens)
    w, digest = load_weights(os.path.join(model, "model.safetensors"))
    encoder = build_encoder(w, config)
    ids = [[vocab[t] for t in line] for line in tokens]
    vectors = torch.stack([embed(line, w, encoder, config) for line in ids])
    scores = vectors[len(sentences):] @ vectors[:len(sentences)].T
    best = scores.topk(4, dim=1)
    for q, row, s in zip(queries, best.indices.tolist(), best.values.tolist()):
        print(f"? {q}")
        for i, v in zip(row[:3], s):
            print(f"    {v:.4f}  {sentences[i][:90]}")
    print(f"least distance between neighbours in a ranking: {(best.values[:, :-1] - best.values[:, 1:]).min():.2e}")
    with open(os.path.join(HERE, "corpus.txt"), "rb") as f:
        corpus = hashlib.sha256(f.read()).hexdigest()
    flat = [i for line in ids for i in line]
    answers = [i for row in best.indices.tolist() for i in row[:3]]
    save(os.path.join(HERE, "reference.safetensors"), {
        "vectors": ("F32", list(vectors.shape), vectors.float().contiguous().numpy().tobytes()),
        "token_counts": ("I32", [len(ids)], struct.pack(f"<{len(ids)}i", *map(len, ids))),
        "token_ids": ("I32", [len(flat)], struct.pack(f"<{len(flat)}i", *flat)),
        "answers": ("I32", [len(queries), 3], struct.pack(f"<{len(answers)}i", *answers)),
    }, {"corpus_sha256": corpus, "model_sha256": digest, "made_by": "make_reference.py",
        "torch": torch.__version__, "precision": "computed in double, kept as float"})
    print(f"{len(sentences)} sentences, {len(queries)} queries, {len(flat)} tokens, longest {max(map(len, ids))}")


# ---- tokenizer cases -----------------------------------------------------------------------------------------------

def varied_texts():
    """Texts that visit every rule: fixed ones, then random ones from many blocks of Unicode."""
    fixed = ["", " ", "\t\n\r", "a", "Hello, World!", "UPPER lower MiXeD", "don't can't o'clock",
             "e\u0301 \u00e9 E\u0301",
             "x" * 100, "x" * 101, "\u00e9" * 100, "unaffable", "state-of-the-art", "3.14159 1,000,000 1e-9",
             "$5 \u20ac7 \u00a39",
             "a\u200bb a\u00adb a\ufeffb", "a\u00a0b\u2003c\u3000d\u2028e\u2029f", "\u0130I\u0131i", "\u00dfSS\u1e9e",
             "\u03a3\u0391\u03a3 \u03c3\u03b1\u03c2", "\ufb01\ufb02 \u00bd \u2460", "\u01c5\u01c4\u01c6",
             "\u4eba\u5de5abc\u667a\u80fd",
             "\uf900\ufa10", "\ud55c\uad6d\uc5b4 \uac00\ub098\ub2e4\ub77c", "\u304c\u304e\u3050 \u30d1\u30d4",
             "\u0e44\u0e17\u0e22",
             "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
             "\u05e2\u05b4\u05d1\u05b0\u05e8\u05b4\u05d9\u05ea",
             "\u1ea5\u1ec7\u01b0\u01a1\u0111", "\U0001f600 smile",
             "\u2014dash\u2026 \u00abquote\u00bb \u201cq\u201d \u3002\uff0c\uff01",
             "word " * 300, "[unused1]", "_under_score_ a_b", "\u0041\u030a\u0327", "\u212b \u2126 \u212a",
             "a\x07b\x1bc\x7fd", "\x00z"]
    blocks = [(0x20, 0x7E)] * 6 + [
        (0xA0, 0xFF), (0x100, 0x24F), (0x250, 0x2AF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x58F),
        (0x5D0, 0x5EA), (0x620, 0x6FF), (0x900, 0x97F), (0xE00, 0xE5B), (0x10A0, 0x10FF), (0x1100, 0x11FF),
        (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2200, 0x22FF),
        (0x3000, 0x30FF), (0x4E00, 0x5FFF), (0xAC00, 0xD7A3), (0xF900, 0xFA2D), (0xFF01, 0xFFEE)]
    rng = random.Random(20)
    for _ in range(300):
        text = ""
        for _ in range(rng.randrange(1, 24)):
            a, b = rng.choice(blocks)
            text += "".join(chr(rng.randint(a, b)) for _ in range(rng.randrange(1, 5)))
            if rng.random() < 0.4:
                text += " "
        # Code points that Unicode added later are classed by age, so only those that all tables know are kept.
        fixed.append("".join(c for c in text if ud.ucd_3_2_0.category(c) == ud.category(c)))
    return fixed + sum(load_corpus(), [])


def make_tokenizer_cases(model):
    vocab = load_vocab(model)
    texts = varied_texts()
    tokens = [tokenize(t, vocab) for t in texts]
    compare_with_tokenizers(model, texts, tokens)
    # A vocabulary of the tokens that occur gives the same cuts as the whole one: the longest match is still there, and
    # nothing longer came in.
    used = {t for line in tokens for t in line} | {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    folder = os.path.join(HERE, "../../tests/samples")
    with open(os.path.join(folder, "tokenizer_vocab.txt"), "w", encoding="utf-8") as f:
        f.writelines(t + "\n" for t in vocab if t in used)
    with open(os.path.join(folder, "tokenizer_cases.json"), "w", encoding="ascii") as f:
        cases = [json.dumps({"text": t, "tokens": " ".join(k)}) for t, k in zip(texts, tokens)]
        f.write("[\n" + ",\n".join(cases) + "\n]\n")
    print(f"{len(texts)} texts, {len(used)} tokens of {len(vocab)}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if "--tokenizer" in sys.argv:
        make_tokenizer_cases(sys.argv[1])
    else:
        make_reference(sys.argv[1])
