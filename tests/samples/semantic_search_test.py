#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The semantic search sample from end to end with a tiny model made here, so that nothing is downloaded: its vectors
and answers must be those of the same transformer written out in plain Python, on a simulator of each class and on PoCL;
and what is damaged must be refused with the right exit code and sentence.
"""
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile

BUILD = os.environ.get("TENON_BUILD", "build")
PROGRAM = os.path.join(BUILD, "samples", "semantic_search")
SIMULATED = "ascend910b,bw1000,a100,s5000"
HIDDEN, HEADS, LAYERS, FEED, PLACES, EPSILON = 64, 2, 2, 96, 40, 1e-12
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "dog", "eats", "fish", "runs", "the", "car",
         "##s", "fast", "."]
SENTENCES = ["The cat eats fish.", "A dog runs.", "The cars run fast.", "Fast dogs", "A car", "the the the the fish"]
QUERIES = ["Cats eat fish", "a fast car"]


# ---- the model, in plain Python ------------------------------------------------------------------------------------

def matrix(rng, rows, columns, scale):
    # Rounded to float, so that both sides begin with the same numbers.
    return [[struct.unpack("f", struct.pack("f", rng.gauss(0, scale)))[0] for _ in range(columns)] for _ in range(rows)]


def make_weights():
    rng = random.Random(4)
    w = {"embeddings.word_embeddings.weight": matrix(rng, len(WORDS), HIDDEN, 1),
         "embeddings.position_embeddings.weight": matrix(rng, PLACES, HIDDEN, 0.3),
         "embeddings.token_type_embeddings.weight": matrix(rng, 2, HIDDEN, 0.3)}
    norms = ["embeddings.LayerNorm"]
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        norms += [p + "attention.output.LayerNorm", p + "output.LayerNorm"]
        for part, out, inside in (("attention.self.query", HIDDEN, HIDDEN), ("attention.self.key", HIDDEN, HIDDEN),
                                  ("attention.self.value", HIDDEN, HIDDEN), ("attention.output.dense", HIDDEN, HIDDEN),
                                  ("intermediate.dense", FEED, HIDDEN), ("output.dense", HIDDEN, FEED)):
            w[f"{p}{part}.weight"] = matrix(rng, out, inside, 0.2)
            w[f"{p}{part}.bias"] = matrix(rng, 1, out, 0.2)[0]
    for n in norms:
        w[n + ".weight"] = [1 + x for x in matrix(rng, 1, HIDDEN, 0.1)[0]]
        w[n + ".bias"] = matrix(rng, 1, HIDDEN, 0.1)[0]
    return {k: [[f32(x) for x in row] for row in v] if isinstance(v[0], list) else [f32(x) for x in v]
            for k, v in w.items()}


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def linear(x, w, name):
    weight, bias = w[name + ".weight"], w[name + ".bias"]
    return [[sum(a * b for a, b in zip(row, out)) + c for out, c in zip(weight, bias)] for row in x]


def norm(x, w, name):
    result = []
    for row in x:
        mean = sum(row) / len(row)
        factor = 1 / math.sqrt(sum((v - mean) ** 2 for v in row) / len(row) + EPSILON)
        result.append([(v - mean) * factor * g + b for v, g, b in zip(row, w[name + ".weight"], w[name + ".bias"])])
    return result


def attention(q, k, v):
    size, out = HIDDEN // HEADS, [[0.0] * HIDDEN for _ in q]
    for h in range(0, HIDDEN, size):
        for i, row in enumerate(q):
            scores = [sum(row[h + d] * other[h + d] for d in range(size)) / math.sqrt(size) for other in k]
            top = max(scores)
            scores = [math.exp(s - top) for s in scores]
            for d in range(size):
                out[i][h + d] = sum(s * other[h + d] for s, other in zip(scores, v)) / sum(scores)
    return out


def add(x, y):
    return [[a + b for a, b in zip(r, s)] for r, s in zip(x, y)]


def embed(ids, w):
    words, places = w["embeddings.word_embeddings.weight"], w["embeddings.position_embeddings.weight"]
    kind = w["embeddings.token_type_embeddings.weight"][0]
    x = [[a + b + c for a, b, c in zip(words[t], places[i], kind)] for i, t in enumerate(ids)]
    x = norm(x, w, "embeddings.LayerNorm")
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        a = attention(*(linear(x, w, p + "attention.self." + n) for n in ("query", "key", "value")))
        x = norm(add(x, linear(a, w, p + "attention.output.dense")), w, p + "attention.output.LayerNorm")
        inner = [[0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in row]
                 for row in linear(x, w, p + "intermediate.dense")]
        x = norm(add(x, linear(inner, w, p + "output.dense")), w, p + "output.LayerNorm")
    mean = [sum(column) / len(x) for column in zip(*x)]
    length = math.sqrt(sum(v * v for v in mean))
    return [v / length for v in mean]


# ---- files ---------------------------------------------------------------------------------------------------------

def save(path, tensors):
    header, data = {}, b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def floats(rows):
    return b"".join(struct.pack(f"<{len(r)}f", *r) for r in rows)


def tokens(text):
    """These texts need no more of the tokenizer than this; tokenizer_test has the rest."""
    ids = [WORDS.index("[CLS]")]
    for word in text.lower().replace(".", " .").split():
        if word in WORDS:
            ids.append(WORDS.index(word))
        elif word.endswith("s") and word[:-1] in WORDS:
            ids += [WORDS.index(word[:-1]), WORDS.index("##s")]
        else:
            ids.append(WORDS.index("[UNK]"))
    return ids + [WORDS.index("[SEP]")]


def write_files(folder):
    w = make_weights()
    texts = SENTENCES + QUERIES
    ids = [tokens(t) for t in texts]
    vectors = [embed(line, w) for line in ids]
    answers = []
    for q in vectors[len(SENTENCES):]:
        scores = [sum(a * b for a, b in zip(q, s)) for s in vectors[:len(SENTENCES)]]
        answers += sorted(range(len(SENTENCES)), key=lambda i, s=scores: -s[i])[:3]
    save(f"{folder}/model.safetensors", {
        k: ("F32", [len(v), len(v[0])], floats(v)) if isinstance(v[0], list) else ("F32", [len(v)], floats([v]))
        for k, v in w.items()})
    save(f"{folder}/reference.safetensors", {
        "vectors": ("F32", [len(texts), HIDDEN], floats(vectors)),
        "token_counts": ("I32", [len(ids)], struct.pack(f"<{len(ids)}i", *map(len, ids))),
        "token_ids": ("I32", [sum(map(len, ids))], b"".join(struct.pack(f"<{len(i)}i", *i) for i in ids)),
        "answers": ("I32", [len(QUERIES), 3], struct.pack(f"<{len(answers)}i", *answers))})
    with open(f"{folder}/config.json", "w", encoding="ascii") as f:
        json.dump({"hidden_size": HIDDEN, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS,
                   "intermediate_size": FEED, "vocab_size": len(WORDS), "max_position_embeddings": PLACES,
                   "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": EPSILON}, f)
    with open(f"{folder}/sentence_bert_config.json", "w", encoding="ascii") as f:
        json.dump({"max_seq_length": 20}, f)
    with open(f"{folder}/vocab.txt", "w", encoding="ascii") as f:
        f.writelines(word + "\n" for word in WORDS)
    with open(f"{folder}/text.txt", "w", encoding="ascii") as f:
        f.writelines(s + "\n" for s in SENTENCES)
        f.writelines("? " + q + "\n" for q in QUERIES)


# ---- the checks ----------------------------------------------------------------------------------------------------

def search(folder, simulated=SIMULATED):
    command = [PROGRAM, "--model", folder, "--text", f"{folder}/text.txt", "--reference",
               f"{folder}/reference.safetensors", "--json", f"{folder}/out.json", "--rounds", "1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False,
                          env={**os.environ, "TENON_SIM": simulated})


def expect(name, done, code, says):
    output = done.stdout + done.stderr
    if done.returncode != code or says not in output:
        sys.exit(f"{name}: exit {done.returncode}, not {code}, or it does not say \"{says}\":\n{output}")
    print(f"{name}: as it must be")


def patched(path, change):
    with open(path, "rb") as f:
        old = f.read()
    with open(path, "wb") as f:
        f.write(change(old))
    return old


def without_first_numbers(blob):
    data = 8 + struct.unpack("<Q", blob[:8])[0]
    return blob[:data] + bytes(400) + blob[data + 400:]


def check_damage(folder):
    for name, file, change, code, says in (
            ("a weight file cut short", "model.safetensors", lambda b: b[:-1000], 2, "is cut short: tensor"),
            ("a weight file cut in its header", "model.safetensors", lambda b: b[:100], 2, "short inside its header"),
            ("a weight file of another model", "model.safetensors",
             lambda b: b.replace(b"layer.1.output.dense", b"layer.7.output.dense"), 2,
             "has no tensor \"encoder.layer.1.output.dense.weight\""),
            ("a configuration that is no JSON", "config.json", lambda b: b[:-3], 2, "config.json"),
            ("a configuration of other sizes", "config.json", lambda b: b.replace(b"64", b"96"), 2, "of 32 or 64"),
            ("a vocabulary cut short", "vocab.txt", lambda b: b[:12], 2, "not all of [UNK], [CLS] and [SEP]"),
            ("a vocabulary that is too long", "vocab.txt", lambda b: b + b"more\n", 2, "are they of one model?"),
            ("another text than the reference's", "text.txt", lambda b: b.replace(b"dog", b"cat"), 2, "text changed?"),
            ("a text without a sentence", "text.txt", lambda b: b"# nothing\n", 2, "has no sentence"),
            ("a reference that differs", "reference.safetensors", without_first_numbers, 1, "FAILED"),
    ):
        path = f"{folder}/{file}"
        old = patched(path, change)
        expect(name, search(folder, simulated="a100"), code, says)
        patched(path, lambda _, b=old: b)


def main():
    with tempfile.TemporaryDirectory() as folder:
        write_files(folder)
        expect("the tiny model", search(folder), 0, "2 of 2")
        with open(f"{folder}/out.json", encoding="utf-8") as f:
            devices = json.load(f)
        kinds = sorted(d["driver"] for d in devices if d["simulated"])
        if kinds != ["ascend", "cuda", "cuda", "hip"]:
            sys.exit(f"one device of each class was asked for, and these ran: {kinds}")
        for d in devices:
            near = d["cosine_min"] >= 0.9999 and d["max_difference"] <= 1e-5
            if not near or len(d["answers"]) != 2 or not d["sentences_per_s"] > 0:
                sys.exit(f"out.json: {d}")
        print(f"{len(devices)} devices, largest difference {max(d['max_difference'] for d in devices):.1e}")
        check_damage(folder)
        done = subprocess.run([PROGRAM], capture_output=True, text=True, timeout=100, check=False)
        expect("no model", done, 64, "--model is missing")


main()
