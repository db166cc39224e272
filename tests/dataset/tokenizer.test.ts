import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { LengthFacts } from "../../dataset/quality/lengths";
import type { QualityReport } from "../../dataset/quality/report";
import { chatFiles, row, rowsOf, run, startTestHub, type TestHub } from "./testHub";

/** Counting tokens with the tokenizer of a model on the hub. */
const base = resolve(__dirname, "../../local/trainer/base/tokenizer.json");
let hub: TestHub;
let counter = 0;
let directory: string;

beforeAll(async () => {
  hub = await startTestHub();
  const rows = rowsOf("train", 40);
  rows[7] = row("train", 7, {
    messages: [{ role: "user", content: "Where is the lighthouse of the old town? ".repeat(20) }],
  });
  await hub.publish({ id: "acme/chat", files: chatFiles({ train: rows }) });
  const model = (id: string, files: Record<string, string | Buffer>, more: object = {}) =>
    hub.publish({
      kind: "models",
      id,
      files: Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content) })),
      ...more,
    });
  const json = await readFile(base);
  const config = JSON.stringify({ max_position_embeddings: 100 });
  await model("acme/small", { "tokenizer.json": json, "config.json": config });
  // A data set and a model may have the same name.
  await model("acme/chat", {
    "tokenizer.json": json,
    "tokenizer_config.json": JSON.stringify({ model_max_length: 1e30 }),
    "config.json": config,
  });
  await model("acme/long", {
    "tokenizer.json": json,
    "tokenizer_config.json": JSON.stringify({ model_max_length: 4096 }),
    "config.json": config,
  });
  await model("acme/unknown", { "tokenizer.json": json, "tokenizer_config.json": "{" });
  await model("acme/weights", { "config.json": config, "model.safetensors": "x" });
  await model("acme/broken", { "tokenizer.json": "<html>" });
  await model("acme/gated", { "tokenizer.json": json }, { gated: "manual", readers: ["hf_good"] });
  await model("acme/private", { "tokenizer.json": json }, { private: true, readers: ["hf_good"] });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.requests.length = 0;
  directory = `tokens${++counter}`;
});

const counted = (tokenizer: string, ...more: string[]) =>
  run(hub, [
    ...["--dataset", "acme/chat", "--download_dir", directory, "--dataset_split_pc", "50", "--json"],
    ...["--tokenizer", tokenizer, ...more],
  ]);
const tokensOf = (out: string) => {
  const { splits } = (JSON.parse(out) as { quality: QualityReport }).quality;
  const { byRole, longest, overContext } = splits.train?.length ?? ({} as Partial<LengthFacts>);
  return { byRole, longest, overContext };
};

describe("a tokenizer on the hub", () => {
  test("counts like the same local file, against the context length in the model's files", async () => {
    const own = await counted(base);
    expect(own.code).toBe(0);
    const { byRole, longest } = tokensOf(own.out);
    expect(longest?.row).toBe(7);
    expect(longest?.tokens).toBeGreaterThan(100);
    for (const [model, overContext] of [
      ["acme/small", 1],
      ["acme/chat", 1], // one file has a placeholder, the other the length
      ["acme/long", 0],
      ["acme/unknown", 0],
    ] as const) {
      const { code, out, err } = await counted(model);
      expect([code, err.includes("error")]).toEqual([0, false]);
      expect(tokensOf(out)).toEqual({ byRole, longest, overContext });
    }
  });

  test("is stored beside the data under a hidden name with its commit, and fetched once", async () => {
    await counted("acme/small");
    const kept = (await readdir(join(hub.directory, directory))).filter((name) => name.includes("tokenizer"));
    expect(kept).toEqual([expect.stringMatching(/^\.tokenizer-acme-small-[0-9a-f]{40}\.json$/)]);
    expect(await readFile(join(hub.directory, directory, kept[0] ?? ""))).toEqual(await readFile(base));
    hub.requests.length = 0;
    expect((await counted("acme/small", "--dataset_split_pc", "100")).code).toBe(0);
    expect(hub.requests.filter(({ url }) => url.includes("tokenizer.json"))).toEqual([]);
    hub.requests.length = 0;
    const again = await counted("acme/small", "--dataset_split_pc", "100");
    expect(again.err).toContain("(unchanged)");
    expect(hub.requests.filter(({ url }) => url.includes("small"))).toEqual([]);
  });

  test("of a gated or private model is read with the right token, which is sent only to the hub", async () => {
    for (const model of ["acme/gated", "acme/private"]) {
      const { code } = await run(
        hub,
        ["--dataset", "acme/chat", "--download_dir", directory, "--tokenizer", model],
        { env: { HF_TOKEN: "hf_good" } },
      );
      expect(code).toBe(0);
    }
  });
});

describe("exact messages for", () => {
  const messageOf = async (tokenizer: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { err, code } = await run(
      hub,
      ["--dataset", "acme/chat", "--download_dir", directory, "--tokenizer", tokenizer],
      { env },
    );
    expect(code).toBe(1);
    const left = await readdir(join(hub.directory, directory));
    expect(left.filter((name) => name.endsWith(".jsonl") || name.endsWith(".partial"))).toEqual([]);
    return err
      .replaceAll(new URL(hub.endpoint).host, "<host>")
      .replaceAll(join(hub.directory, directory), "<dir>")
      .replaceAll(/[0-9a-f]{40}/g, "<commit>")
      .trimEnd();
  };
  const remedy =
    "Use a tokenizer.json, a directory that contains one, or a model on the hub (namespace/name).";

  test("a missing or private model", async () => {
    for (const [model, env] of [
      ["acme/nope", {}],
      ["acme/nope", { HF_TOKEN: "hf_good" }],
      ["acme/private", {}],
      ["acme/private", { HF_TOKEN: "hf_other" }],
    ] as const) {
      expect(await messageOf(model, env)).toBe(
        `error [Tokenizer]: the hub at <host> has no model "${model}", or it is private\n` +
          "  what to do: Check the spelling of --tokenizer (namespace/name); if it is private, set HF_TOKEN to a token that may read it.",
      );
    }
  });

  test("a gated model without a token (401) and with a token without access (403)", async () => {
    expect(await messageOf("acme/gated")).toBe(
      "error [AccessDenied]: the hub refuses model acme/gated (401: Access to model acme/gated is restricted. You must have access to it and be authenticated to access it. Please log in.)\n" +
        "  what to do: Accept the terms on the model's page, and set HF_TOKEN to a token that may read acme/gated.",
    );
    const refused = await messageOf("acme/gated", { HF_TOKEN: "hf_other" });
    expect(refused).toBe(
      "error [AccessDenied]: the hub refuses model acme/gated (403: Access to model acme/gated is restricted and you are not in the authorized list.)\n" +
        "  what to do: Accept the terms on the model's page, and check that HF_TOKEN is valid and may read acme/gated.",
    );
  });

  test("a model without tokenizer.json", async () => {
    expect(await messageOf("acme/weights")).toBe(
      `error [Tokenizer]: --tokenizer is "acme/weights", but the model has no tokenizer.json\n  what to do: ${remedy}`,
    );
  });

  test("an invalid tokenizer.json", async () => {
    expect((await messageOf("acme/broken")).replace(/\n {2}cause: .*/, "")).toBe(
      `error [Tokenizer]: <dir>/.tokenizer-acme-broken-<commit>.json cannot be opened as a tokenizer\n` +
        "  what to do: Set --tokenizer to a tokenizer.json, a directory that contains one, or a model on the hub (namespace/name).",
    );
  });
});
