import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { factCollector, repeats } from "../../dataset/facts";
import { openTokenizer } from "../../dataset/tokens";
import { chatFiles, row, rowsOf, run, startTestHub } from "./testHub";

const talk = (...texts: string[]) => ({
  messages: texts.map((content, index) => ({ content, role: index % 2 === 0 ? "user" : "assistant" })),
});

describe("facts of rows", () => {
  test("name the longest row, and count repeated and shared rows", () => {
    const collector = factCollector();
    const fact = (textBytes: number, prompt: number) => ({
      messages: 2,
      textBytes,
      prompt,
      conversation: textBytes,
    });
    for (const one of [fact(5, 1), fact(502, 2), fact(5, 1)]) collector.add(one);
    const { prompts, conversations, ...facts } = collector.facts();
    expect(facts).toEqual({
      rows: 3,
      messages: 6,
      mostMessages: 2,
      textBytes: 512,
      longest: { row: 1, textBytes: 502 },
    });
    expect(repeats(conversations, new Float64Array())).toEqual({ shared: 0, repeated: 1 });
    expect(repeats(prompts, Float64Array.of(1))).toEqual({ shared: 2, repeated: 1 });
  });
});

describe("counting tokens", () => {
  const tokenizer = resolve(__dirname, "../../local/trainer/base/tokenizer.json");

  test("counting by word equals counting the whole text", async () => {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const json = JSON.parse(await (await import("node:fs/promises")).readFile(tokenizer, "utf8")) as object;
    const whole = new Tokenizer(json, {});
    const { count } = await openTokenizer({ path: tokenizer });
    for (const text of [
      "",
      "Where does Anna live?",
      "One\n\ntwo  three, (four) 5.5 naïve façade é",
      "日本 x  y z",
    ]) {
      expect(count(text)).toBe(
        text === "" ? 0 : whole.encode(text, { add_special_tokens: false }).ids.length,
      );
    }
  });

  test("is part of the manifest, with the rows over the model's context length", async () => {
    const hub = await startTestHub();
    const model = await mkdtemp(join(tmpdir(), "model-"));
    try {
      await writeFile(
        join(model, "tokenizer.json"),
        await (await import("node:fs/promises")).readFile(tokenizer),
      );
      await writeFile(join(model, "config.json"), JSON.stringify({ max_position_embeddings: 200 }));
      const long = row("train", 1, { messages: talk("Why?", "because ".repeat(200)).messages });
      await hub.publish({
        id: "acme/chat",
        files: chatFiles({ train: [row("train", 0), long, ...rowsOf("train", 20)] }),
      });
      const args = ["--dataset", "acme/chat", "--download_dir", "out", "--dataset_split_pc", "50"];
      const { out } = await run(hub, [...args, "--tokenizer", model, "--json"]);
      const { splits } = JSON.parse(out) as { splits: { train: { statistics: { tokens: object } } } };
      expect(splits.train.statistics.tokens).toMatchObject({ longest: { row: 1 }, overContext: 1 });
      const missing = await run(hub, [...args, "--tokenizer", "none.json"]);
      expect(missing.err).toContain('[Tokenizer]: --tokenizer is "none.json", but there is no such file');
    } finally {
      await hub.close();
      await rm(model, { recursive: true, force: true });
    }
  });
});
